import { retryAfterIn } from '../../platform/http/retry-after.js';
import type { FetchOutcome } from './gateway.js';

/** Bounds of one request. */
export interface ApiLimits {
  /** From the start of the request to the last byte of its answer. */
  readonly timeoutMs: number;
  /** Of the answer, as unpacked. */
  readonly maxBytes: number;
}
export const API_LIMITS: ApiLimits = { timeoutMs: 5_000, maxBytes: 256 * 1024 };

/** Why a request brought nothing. `refused`: the gateway answered with this status, and would again. */
export type ApiFailure =
  | { kind: 'refused'; status: number }
  | { kind: 'final'; reason: string }
  | Extract<FetchOutcome, { kind: 'retry' }>;

/** What a GET brought: JSON with its exact bytes, or why there is none. */
export type ApiAnswer = { kind: 'json'; raw: Buffer; body: unknown } | ApiFailure;

export const final = (reason: string) => ({ kind: 'final', reason }) as const;
const retry = (reason: string) => ({ kind: 'retry', reason }) as const;

/**
 * Asks a gateway's API for one JSON document. Reasons are fixed words and status codes, never text from the other side.
 * - Retry: 5xx, 408, 429 (each with the Retry-After that was told), time over, network.
 * - Final: a redirect (it is not followed: it would carry the credentials elsewhere), too much, no JSON.
 * - Refused: every other status.
 *
 * Never throws for what a gateway or the network does.
 */
export async function getJson(
  url: URL,
  headers: Readonly<Record<string, string>>,
  { timeoutMs, maxBytes }: ApiLimits = API_LIMITS,
): Promise<ApiAnswer> {
  let raw: Buffer | null;
  try {
    const response = await fetch(url, {
      headers: { accept: 'application/json', ...headers },
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const refused = refusalOf(response);
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

/** JSON with its exact bytes; or why there is none, for gateways that say by a status what they mean. */
export type AskedAnswer =
  | Extract<ApiAnswer, { kind: 'json' }>
  /** 404: the gateway knows no such object, or no longer. */
  | { kind: 'missing' }
  /** 400: the gateway does not take the question as it is put, such as a cursor that is gone. */
  | { kind: 'invalid' }
  | Exclude<FetchOutcome, { kind: 'answer' }>;

export interface ApiQuestion {
  /** Below the base, each part encoded: `payments/pay_1`. See {@link objectPath}. */
  path: string;
  query?: Readonly<Record<string, string>>;
  limits?: ApiLimits;
}

/** One GET below `base`; null where the configured URL is none. Never throws for what a gateway or the network does. */
export async function askApi(
  { path, query = {}, limits = API_LIMITS }: ApiQuestion,
  base: URL | null,
  headers: Readonly<Record<string, string>>,
): Promise<AskedAnswer> {
  if (base === null) return final('API URL');
  const url = new URL(path, base);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const answer = await getJson(url, headers, limits);
  return answer.kind === 'refused' ? refusedWith(answer.status) : answer;
}

/** The path of an object: `objectPath('payments', 'pay_1')`. */
export const objectPath = (collection: string, id: string): string =>
  `${collection}/${encodeURIComponent(id)}`;

export const NO_KEY = { kind: 'unavailable', reason: 'no key is set' } as const;

function refusedWith(status: number): AskedAnswer {
  switch (status) {
    case 400:
      return { kind: 'invalid' };
    case 401:
      return { kind: 'unavailable', reason: 'the key is not accepted (status 401)' };
    case 403:
      return { kind: 'unavailable', reason: 'the key lacks a permission to read (status 403)' };
    case 404:
      return { kind: 'missing' };
    default:
      return final(`status ${status}`);
  }
}

/** A base that paths are appended to; null for what is no http or https URL. */
export function apiBase(text: string): URL | null {
  const withSlash = text.endsWith('/') ? text : `${text}/`;
  const url = URL.canParse(withSlash) ? new URL(withSlash) : null;
  // Credentials in the URL would be sent nowhere: fetch refuses such a URL.
  return url !== null && /^https?:$/.test(url.protocol) && url.username + url.password === '' ? url : null;
}

/** A failure as the end of a question, where a refusal means nothing in particular. */
export const outcomeOfFailure = (failure: ApiFailure): FetchOutcome =>
  failure.kind === 'refused' ? final(`status ${failure.status}`) : failure;

function refusalOf({ status, headers }: Response): ApiFailure | null {
  if (status >= 200 && status < 300) return null;
  if (status >= 500 || status === 408 || status === 429) {
    const retryAfterMs = retryAfterIn(headers.get('retry-after'), Date.now());
    return { ...retry(`status ${status}`), ...(retryAfterMs !== null && { retryAfterMs }) };
  }
  // 0 is what the specification, unlike Node, makes of a redirect that is not followed.
  return status === 0 || (status >= 300 && status < 400) ? final('redirect') : { kind: 'refused', status };
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
