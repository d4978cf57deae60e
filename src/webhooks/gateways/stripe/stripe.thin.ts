import { isValidId, occurredAtIssue, UntranslatableError, type VerifiedMessage } from '../gateway.js';
import { fieldOf } from '../fields/wire-fields.js';
import { parseIsoTime } from '../fields/iso-time.js';
import { type ThinEvent } from './stripe-event.dto.js';

/** The word that version 2 of the API has for its events, as they are sent and as they are fetched. */
export const THIN_OBJECT = 'v2.core.event';

/** What a thin event says: which event to ask for, and which object where the event is no longer there. */
export interface ThinHint {
  id: string;
  type: string;
  /** When it happened. */
  created: Date;
  /** The connected account that has to be asked, as `context` says it. */
  context: string | null;
  livemode: boolean | null;
  related: { type: string; id: string } | null;
}

/** @throws UntranslatableError for a time that cannot be. */
export function readThinEvent(
  { id, type, created, context, livemode, related_object: related }: ThinEvent,
  { receivedAt }: Pick<VerifiedMessage, 'receivedAt'>,
): ThinHint {
  const at = parseIsoTime(created) ?? new Date(Number.NaN);
  const issue = occurredAtIssue(at, receivedAt);
  if (issue !== null) throw new UntranslatableError([{ path: 'created', message: issue }]);
  const [relatedType, relatedId] = [fieldOf(related, 'type'), fieldOf(related, 'id')];
  return {
    id,
    type,
    created: at,
    context: isValidId(context) ? context : null,
    livemode: typeof livemode === 'boolean' ? livemode : null,
    related: isValidId(relatedType) && isValidId(relatedId) ? { type: relatedType, id: relatedId } : null,
  };
}

/** A hint is the list of what {@link readThinEvent} read, as JSON: the same event makes the same text. */
export const encodeHint = ({ id, type, created, context, livemode, related }: ThinHint): string =>
  JSON.stringify([id, type, created.toISOString(), context, livemode, related?.type, related?.id]);

/** Null for what is no hint of {@link encodeHint}. */
export function decodeHint(hint: string): ThinHint | null {
  const values = parsed(hint);
  if (!Array.isArray(values)) return null;
  const [id, type, created, context, livemode, relatedType, relatedId] = values as unknown[];
  const at = parseIsoTime(created);
  if (!isValidId(id) || typeof type !== 'string' || at === null) return null;
  return {
    id,
    type,
    created: at,
    context: isValidId(context) ? context : null,
    livemode: typeof livemode === 'boolean' ? livemode : null,
    related: isValidId(relatedType) && isValidId(relatedId) ? { type: relatedType, id: relatedId } : null,
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

/** The header of ours in which an answer keeps the account that was asked: the answer itself may not name it. */
export const CONTEXT_HEADER = 'stripe-context';

/** The connected account of an answer. A context of several parts goes from the organisation down to the account. */
export function connectedAccountOf({
  provenance,
  headers,
}: Pick<VerifiedMessage, 'provenance' | 'headers'>): string | null {
  const context = provenance === 'received' ? undefined : headers[CONTEXT_HEADER];
  const account = typeof context === 'string' ? context.split('/').at(-1) : undefined;
  return isValidId(account) ? account : null;
}
