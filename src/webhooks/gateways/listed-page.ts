import { fieldOf } from './fields/wire-fields.js';
import { isValidId } from './gateway.js';
import { elementsOf } from './json-elements.js';
import type { ListedObject, ListOutcome } from './listing.js';
import type { ApiLimits } from './api-client.js';

/** A page of 100 objects that have whole other objects in them, and metadata. */
export const PAGE_LIMITS: ApiLimits = { timeoutMs: 20_000, maxBytes: 16 * 1024 * 1024 };

/** As many as Stripe and Razorpay answer at most. */
export const PAGE_SIZE = 100;

/** An object of a page, as its own bytes and parsed. */
export interface PageElement {
  readonly id: string;
  /** Whether `id` is an id as gateways write them. Only such an id may stand in a cursor. */
  readonly hasValidId: boolean;
  readonly body: unknown;
  readonly raw: Buffer;
}

/**
 * The objects of a page; null for an answer that is no page of objects with ids. An object whose id is no printable ASCII
 * is one of them, so that it is shown and parked, and the others are taken.
 */
export function readPage({ raw, body }: { raw: Buffer; body: unknown }, field: string): PageElement[] | null {
  const parsed = fieldOf(body, field);
  const bytes = elementsOf(raw, field);
  if (!Array.isArray(parsed) || bytes?.length !== parsed.length) return null;
  const elements = bytes.flatMap((element, at): PageElement[] => {
    const body: unknown = parsed[at];
    const id = fieldOf(body, 'id');
    if (typeof id !== 'string' || id === '') return [];
    return [{ id, hasValidId: isValidId(id), body, raw: Buffer.from(element) }];
  });
  return elements.length === parsed.length ? elements : null;
}

/** How a question ended that brought no JSON. */
type NoAnswer =
  | Extract<ListOutcome, { kind: 'retry' | 'final' }>
  | { kind: 'unavailable'; reason: string }
  | { kind: 'missing' }
  | { kind: 'invalid' };

/** The outcome where a missing or an invalid question means nothing in particular. */
export function outcomeWithoutPage(answer: NoAnswer): ListOutcome {
  switch (answer.kind) {
    case 'retry':
      return answer;
    case 'final':
    case 'unavailable':
      return { kind: 'final', reason: answer.reason };
    case 'missing':
      return { kind: 'final', reason: 'status 404' };
    case 'invalid':
      return { kind: 'final', reason: 'status 400' };
  }
}

export const lastPage = (items: readonly ListedObject[] = []): ListOutcome => ({
  kind: 'page',
  items,
  next: null,
});
