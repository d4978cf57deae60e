import { API_LIMITS, apiBase, type ApiLimits, final, getJson, outcomeOfFailure } from '../api-client.js';
import { type FetchOutcome } from '../gateway.js';
import { fieldOf } from '../fields/wire-fields.js';
import { kindOf, orderOf, paidInFull, transactionOf } from './ippopay.answer.js';
import { isOrderId } from './ippopay.order-id.js';

/** What the official Node client uses; the documentation prints only the live base. */
export const LIVE_BASE = 'https://api.ippopay.com/v1/';
export const TEST_BASE = 'https://api.ippopay.com/apitest/v1/pg/';
export const TEST_KEY_PREFIX = 'pk_test_';
export const LIVE_KEY_PREFIX = 'pk_live_';

/** The reason of an answer about an order that Ippopay does not know. */
export const UNKNOWN_ORDER = 'status 404';

/**
 * Asks for an order and its transaction. Both answers are handed back as they came, in one JSON document:
 * `{"order": …, "transaction": …}`. How each request may end is told by {@link getJson}; a success over another amount
 * than the order's is final, too.
 */
export async function askIppopay(
  orderId: string,
  settings: Readonly<Record<string, string>>,
  limits: ApiLimits = API_LIMITS,
): Promise<FetchOutcome> {
  const { PUBLIC_KEY, SECRET_KEY } = settings;
  if (!PUBLIC_KEY || !SECRET_KEY) return final('credentials are not configured');
  if (!isOrderId(orderId)) return final('order id');
  const base = baseUrl(settings);
  if (base === null) return final('API URL');

  const authorization = `Basic ${Buffer.from(`${PUBLIC_KEY}:${SECRET_KEY}`).toString('base64')}`;
  const headers = { authorization };
  const path = `order/${encodeURIComponent(orderId)}`;
  const order = await getJson(new URL(path, base), headers, limits);
  if (order.kind !== 'json') return outcomeOfFailure(order);
  if (fieldOf(orderOf(order.body), 'order_id') !== orderId) return final('another order');

  const transaction = await getJson(new URL(`${path}/transaction`, base), headers, limits);
  if (transaction.kind !== 'json') return outcomeOfFailure(transaction);
  const told = transactionOf(transaction.body);
  if (kindOf(told) === 'succeeded' && !paidInFull(orderOf(order.body), told)) return final('amount');
  return { kind: 'answer', raw: oneDocument(order.raw, transaction.raw) };
}

const baseUrl = ({ API_URL, PUBLIC_KEY }: Readonly<Record<string, string>>): URL | null =>
  apiBase(API_URL || (PUBLIC_KEY?.startsWith(TEST_KEY_PREFIX) ? TEST_BASE : LIVE_BASE));

const oneDocument = (order: Buffer, transaction: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from('{"order":'),
    order,
    Buffer.from(',"transaction":'),
    transaction,
    Buffer.from('}'),
  ]);
