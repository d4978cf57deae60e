import { type FetchOutcome } from '../gateway.js';
import { fieldOf } from '../fields/wire-fields.js';
import { kindOf, orderOf, paidInFull, transactionOf } from './ippopay.answer.js';
import { isOrderId } from './ippopay.order-id.js';

/** What the official Node client uses; the documentation prints only the live base. */
export const LIVE_BASE = 'https://api.ippopay.com/v1/';
export const TEST_BASE = 'https://api.ippopay.com/apitest/v1/pg/';
export const TEST_KEY_PREFIX = 'pk_test_';
export const LIVE_KEY_PREFIX = 'pk_live_';

export interface AskLimits {
  /** For each of the two requests, from its start to the last byte of its answer. */
  timeoutMs: number;
  /** Of each answer, as unpacked. */
  maxBytes: number;
}
const LIMITS: AskLimits = { timeoutMs: 5_000, maxBytes: 256 * 1024 };

type Got = { kind: 'json'; raw: Buffer; body: unknown } | Exclude<FetchOutcome, { kind: 'answer' }>;

const final = (reason: string) => ({ kind: 'final', reason }) as const;
const retry = (reason: string) => ({ kind: 'retry', reason }) as const;

/**
 * Asks for an order and its transaction. Both answers are handed back as they came, in one JSON document:
 * `{"order": …, "transaction": …}`. Reasons are fixed words and status codes, never text from the other side.
 * Retry: 5xx, 408, 429, time over, network. Final: everything else, a redirect too (it is not followed: it would
 * carry the credentials elsewhere), and a success over another amount than the order's.
 */
export async function askIppopay(
  orderId: string,
  settings: Readonly<Record<string, string>>,
  limits: AskLimits = LIMITS,
): Promise<FetchOutcome> {
  const { PUBLIC_KEY, SECRET_KEY } = settings;
  if (!PUBLIC_KEY || !SECRET_KEY) return final('credentials are not configured');
  if (!isOrderId(orderId)) return final('order id');
  const base = baseUrl(settings);
  if (base === null) return final('API URL');

  const authorization = `Basic ${Buffer.from(`${PUBLIC_KEY}:${SECRET_KEY}`).toString('base64')}`;
  const path = `order/${encodeURIComponent(orderId)}`;
  const order = await getJson(new URL(path, base), authorization, limits);
  if (order.kind !== 'json') return order;
  if (fieldOf(orderOf(order.body), 'order_id') !== orderId) return final('another order');

  const transaction = await getJson(new URL(`${path}/transaction`, base), authorization, limits);
  if (transaction.kind !== 'json') return transaction;
  const told = transactionOf(transaction.body);
  if (kindOf(told) === 'succeeded' && !paidInFull(orderOf(order.body), told)) return final('amount');
  return { kind: 'answer', raw: oneDocument(order.raw, transaction.raw) };
}

function baseUrl({ API_URL, PUBLIC_KEY }: Readonly<Record<string, string>>): URL | null {
  const text = API_URL || (PUBLIC_KEY?.startsWith(TEST_KEY_PREFIX) ? TEST_BASE : LIVE_BASE);
  const withSlash = text.endsWith('/') ? text : `${text}/`;
  const url = URL.canParse(withSlash) ? new URL(withSlash) : null;
  // Credentials in the URL would be sent nowhere: fetch refuses such a URL.
  return url !== null && /^https?:$/.test(url.protocol) && url.username + url.password === '' ? url : null;
}

const oneDocument = (order: Buffer, transaction: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from('{"order":'),
    order,
    Buffer.from(',"transaction":'),
    transaction,
    Buffer.from('}'),
  ]);

async function getJson(url: URL, authorization: string, { timeoutMs, maxBytes }: AskLimits): Promise<Got> {
  let raw: Buffer | null;
  try {
    const response = await fetch(url, {
      headers: { authorization, accept: 'application/json' },
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const refused = refusalOf(response.status);
    if (refused !== null) {
      await response.body?.cancel();
      return refused;
    }
    raw = await readUpTo(maxBytes, response);
  } catch (error) {
    // By its specification fetch rejects for two things only: the signal, and whatever happens on the network.
    return retry((error as { name?: unknown }).name === 'TimeoutError' ? 'timeout' : 'network');
  }
  if (raw === null) return final('too large');
  const body = parseJson(raw);
  return body === undefined ? final('not JSON') : { kind: 'json', raw, body };
}

function refusalOf(status: number): Exclude<Got, { kind: 'json' }> | null {
  if (status >= 200 && status < 300) return null;
  if (status >= 500 || status === 408 || status === 429) return retry(`status ${status}`);
  // 0 is what the specification, unlike Node, makes of a redirect that is not followed.
  return status === 0 || (status >= 300 && status < 400) ? final('redirect') : final(`status ${status}`);
}

/** Null once there is more: leaving the loop closes the connection. */
async function readUpTo(maxBytes: number, response: Response): Promise<Buffer | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > maxBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Undefined for what is not JSON in UTF-8, a byte order mark included: it could not stand inside a document. */
function parseJson(raw: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw)) as unknown;
  } catch {
    // Undecodable bytes (TypeError) and unparsable text (SyntaxError) come to the same.
    return undefined;
  }
}
