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
import { askRazorpay } from './razorpay.api.js';

/*
 * What Razorpay lists. Orders are listed with their payments for one thing that a payment does not tell: the receipt, which
 * is the merchant's own order.
 */

export const RAZORPAY_LISTABLE: readonly string[] = ['payments', 'refunds', 'disputes', 'orders'];

type Settings = Readonly<Record<string, string>>;

/** Where the next page begins: how many objects were skipped or read, and the id of the last one. */
interface Place {
  readonly behind: number;
  readonly last: string;
}

/** One page, newest first. The window has a fixed end, so what is made while the list is read shifts no page. */
export function listRazorpay(
  { what, since, until, cursor }: ListRequest,
  settings: Settings,
): Promise<ListOutcome> {
  if (!RAZORPAY_LISTABLE.includes(what))
    return Promise.resolve({ kind: 'final', reason: 'there is no such list' });
  const query = {
    from: String(Math.floor(since.getTime() / 1000)),
    to: String(Math.ceil(until.getTime() / 1000) - 1),
    ...(what === 'orders' && { 'expand[]': 'payments' }),
  };
  return askPage(what, { path: what, query }, cursor, settings);
}

/**
 * A page is known by how many objects come before it, so a list that changes shifts it. Each page therefore begins with the
 * last object of the one before. Where that object is, the next ones follow; where it is gone, the list is read again.
 */
async function askPage(
  what: string,
  { path, query }: { path: string; query: Settings },
  cursor: string | null,
  settings: Settings,
): Promise<ListOutcome> {
  const place = cursor === null ? null : placeOf(cursor);
  if (cursor !== null && place === null) return { kind: 'cursor_refused' };
  const skip = place === null ? 0 : place.behind - 1;
  const paging = { count: String(PAGE_SIZE), skip: String(skip) };
  const answer = await askRazorpay({ path, query: { ...query, ...paging }, limits: PAGE_LIMITS }, settings);
  if (answer.kind === 'invalid' && place !== null) return { kind: 'cursor_refused' };
  // An account for which Razorpay keeps no disputes has none to list.
  if (what === 'disputes' && (answer.kind === 'missing' || answer.kind === 'invalid')) return lastPage();
  if (answer.kind !== 'json') return outcomeWithoutPage(answer);
  const elements = readPage(answer, 'items');
  if (elements === null) return { kind: 'final', reason: 'the answer is no page of a list' };
  const known = place === null ? -1 : elements.findIndex(({ id }) => id === place.last);
  if (place !== null && known === -1) return { kind: 'cursor_refused' };
  const fresh = elements.slice(known + 1);
  const isFull = elements.length >= PAGE_SIZE;
  const lastAt = elements.findLastIndex(({ hasValidId }) => hasValidId);
  const last = lastAt > known ? elements[lastAt]?.id : undefined;
  if (isFull && last === undefined) return { kind: 'final', reason: 'the answer is no page of a list' };
  const next = isFull ? `${skip + lastAt + 1} ${last ?? ''}` : null;
  return { kind: 'page', items: fresh.map((element) => toListed(what, element)), next };
}

function placeOf(cursor: string): Place | null {
  const [, behind = '', last = ''] = /^([1-9]\d{0,8}) (.+)$/.exec(cursor) ?? [];
  return last === '' ? null : { behind: Number(behind), last };
}

const toListed = (what: string, { id, body, raw }: Omit<PageElement, 'hasValidId'>): ListedObject => ({
  what,
  id,
  raw,
  gatewayPaymentId: paymentOf(id, body),
});

/** Null for an order: several payments may be of it. */
function paymentOf(id: string, body: unknown): string | null {
  const entity = fieldOf(body, 'entity');
  if (entity === 'payment') return id;
  const payment = fieldOf(body, 'payment_id');
  return entity !== 'order' && isValidId(payment) ? payment : null;
}

/**
 * One payment, then its refunds, then its disputes. Razorpay lists no disputes of one payment: those since the payment was
 * begun are read, and the others left out. Of an order, its payments.
 */
export async function askRazorpayPayment(
  { gatewayPaymentId, gatewayOrderId, cursor }: PaymentQuestion,
  settings: Settings,
): Promise<ListOutcome> {
  if (!isValidId(gatewayPaymentId))
    return isValidId(gatewayOrderId) ? askOrder(gatewayOrderId, cursor, settings) : lastPage();
  if (cursor === null) return askFirst(gatewayPaymentId, settings);
  const [, part, begun = '', after] = /^(refunds|disputes) (\d+)(?: (.+))?$/.exec(cursor) ?? [];
  if (part === undefined) return { kind: 'cursor_refused' };
  const isRefunds = part === 'refunds';
  const path = isRefunds ? `${objectPath('payments', gatewayPaymentId)}/refunds` : part;
  const query: Settings = isRefunds ? {} : { from: begun };
  const page = await askPage(part, { path, query }, after ?? null, settings);
  if (page.kind !== 'page') return page;
  const items = page.items.filter((item) => item.gatewayPaymentId === gatewayPaymentId);
  const further = isRefunds ? `disputes ${begun}` : null;
  return { kind: 'page', items, next: page.next === null ? further : `${part} ${begun} ${page.next}` };
}

/** Razorpay answers 400 for an id that it does not know. */
async function askFirst(id: string, settings: Settings): Promise<ListOutcome> {
  const answer = await askRazorpay({ path: objectPath('payments', id), limits: PAGE_LIMITS }, settings);
  if (answer.kind === 'missing' || answer.kind === 'invalid') return lastPage();
  if (answer.kind !== 'json') return outcomeWithoutPage(answer);
  if (fieldOf(answer.body, 'id') !== id) return { kind: 'unusable', reason: 'another object' };
  const begun = fieldOf(answer.body, 'created_at');
  const from = Number.isSafeInteger(begun) ? Math.max(0, Number(begun)) : 0;
  const item = toListed('payments', { id, body: answer.body, raw: answer.raw });
  return { kind: 'page', items: [item], next: `refunds ${from}` };
}

async function askOrder(id: string, cursor: string | null, settings: Settings): Promise<ListOutcome> {
  const path = `${objectPath('orders', id)}/payments`;
  const page = await askPage('payments', { path, query: {} }, cursor, settings);
  return page.kind === 'final' && /^status 40[04]$/.test(page.reason) ? lastPage() : page;
}
