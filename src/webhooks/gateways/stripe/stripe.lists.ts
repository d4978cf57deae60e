import { fieldOf } from '../fields/wire-fields.js';
import { isValidId } from '../gateway.js';
import {
  lastPage,
  outcomeWithoutPage,
  PAGE_LIMITS,
  PAGE_SIZE,
  type PageElement,
  readPage,
} from '../listed-page.js';
import type { ListedObject, ListOutcome, ListRequest, PaymentQuestion } from '../listing.js';
import { objectPath } from '../api-client.js';
import { askStripe } from './stripe.api.js';
import { idOf } from './stripe-event.dto.js';

/*
 * What Stripe lists. Objects and not events: Stripe says itself that it does not generate some events.
 *
 * Charges are listed for two things that no intent tells: payments without an intent, and attempts that failed before
 * another one succeeded.
 */

interface List {
  readonly path: string;
  /** What stands whole in each object, and not as an id. Of a refund, only the charge tells the mode. */
  readonly expand?: string;
}

const LISTS: ReadonlyMap<string, List> = new Map<string, List>([
  ['payment_intents', { path: 'v1/payment_intents', expand: 'latest_charge' }],
  ['charges', { path: 'v1/charges' }],
  ['refunds', { path: 'v1/refunds', expand: 'charge' }],
  ['disputes', { path: 'v1/disputes' }],
]);

export const STRIPE_LISTABLE: readonly string[] = [...LISTS.keys()];

type Settings = Readonly<Record<string, string>>;

/**
 * One page, newest first. `created` never changes and the window has a fixed end, so an object that is made while the list
 * is read is in no page of it, and the id of the last object says where the next page begins.
 */
export function listStripe(
  { what, since, until, cursor }: ListRequest,
  settings: Settings,
): Promise<ListOutcome> {
  const window = {
    'created[gte]': String(Math.floor(since.getTime() / 1000)),
    'created[lt]': String(Math.ceil(until.getTime() / 1000)),
  };
  return askPage(what, window, cursor, settings);
}

async function askPage(
  what: string,
  filter: Settings,
  after: string | null,
  settings: Settings,
  context: string | null = null,
): Promise<ListOutcome> {
  const list = LISTS.get(what);
  if (!list) return { kind: 'final', reason: 'there is no such list' };
  const query = {
    limit: String(PAGE_SIZE),
    ...filter,
    ...(list.expand && { 'expand[]': `data.${list.expand}` }),
    ...(after !== null && { starting_after: after }),
  };
  const answer = await askStripe({ path: list.path, query, context, limits: PAGE_LIMITS }, settings);
  // Stripe answers 400 for a cursor that it does not know. An API without charges has none to list.
  if (answer.kind === 'invalid' && after !== null) return { kind: 'cursor_refused' };
  if (answer.kind === 'missing' && what === 'charges') return lastPage();
  if (answer.kind !== 'json') return outcomeWithoutPage(answer);
  const elements = readPage(answer, 'data');
  const last = elements?.findLast(({ hasValidId }) => hasValidId)?.id ?? null;
  const more = fieldOf(answer.body, 'has_more') === true;
  // A page that leads to itself would be read for ever.
  if (elements === null || (more && (last === null || last === after)))
    return { kind: 'final', reason: 'the answer is no page of a list' };
  return {
    kind: 'page',
    items: elements.map((element) => toListed(what, element)),
    next: more ? last : null,
  };
}

const toListed = (what: string, { id, body, raw }: Omit<PageElement, 'hasValidId'>): ListedObject => ({
  what,
  id,
  raw,
  gatewayPaymentId: paymentOf(id, body),
});

/** The intent, else the charge that is a payment of its own. */
function paymentOf(id: string, body: unknown): string | null {
  if (fieldOf(body, 'object') === 'payment_intent') return id;
  const charge = fieldOf(body, 'object') === 'charge' ? body : fieldOf(body, 'charge');
  return idOf(fieldOf(body, 'payment_intent')) ?? idOf(fieldOf(charge, 'payment_intent')) ?? idOf(charge);
}

/** The parts of the answer about one payment, after the payment itself. */
const PARTS = ['charges', 'refunds', 'disputes'] as const;

/**
 * One payment, of the connected account that it names: itself, and then its charges, refunds and disputes, each list on pages of its own. A cursor is the name of
 * the list and the last id.
 */
export async function askStripePayment(
  { gatewayPaymentId: id, merchant, cursor }: PaymentQuestion,
  settings: Settings,
): Promise<ListOutcome> {
  if (!isValidId(id)) return lastPage();
  const isCharge = /^(ch|py)_/.test(id);
  const context = merchant ?? null;
  if (cursor === null) return askFirst(id, isCharge, context, settings);
  const [, part = '', after] = /^([a-z_]+)(?: (.+))?$/.exec(cursor) ?? [];
  const at = PARTS.findIndex((name) => name === part);
  if (at === -1) return { kind: 'cursor_refused' };
  const filter = { [isCharge ? 'charge' : 'payment_intent']: id };
  const page = await askPage(part, filter, after ?? null, settings, context);
  if (page.kind !== 'page') return page;
  return { ...page, next: page.next === null ? (PARTS[at + 1] ?? null) : `${part} ${page.next}` };
}

/** A payment that Stripe does not know has no refunds either. */
async function askFirst(
  id: string,
  isCharge: boolean,
  context: string | null,
  settings: Settings,
): Promise<ListOutcome> {
  const what = isCharge ? 'charges' : 'payment_intents';
  const path = objectPath(`v1/${what}`, id);
  const query: Settings = isCharge ? {} : { 'expand[]': 'latest_charge' };
  const answer = await askStripe({ path, query, context, limits: PAGE_LIMITS }, settings);
  if (answer.kind === 'missing') return lastPage();
  if (answer.kind !== 'json') return outcomeWithoutPage(answer);
  if (fieldOf(answer.body, 'id') !== id) return { kind: 'unusable', reason: 'another object' };
  const item = toListed(what, { id, body: answer.body, raw: answer.raw });
  return { kind: 'page', items: [item], next: isCharge ? 'refunds' : 'charges' };
}
