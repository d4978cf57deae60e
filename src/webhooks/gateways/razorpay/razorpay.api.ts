import { API_LIMITS, apiBase, type ApiAnswer, type ApiLimits, final, getJson } from '../api-client.js';
import type { FetchOutcome } from '../gateway.js';

/** The settings of an account with which Razorpay is asked: its API key, which is not the webhook's secret. */
export const RAZORPAY_SETTINGS = {
  KEY_ID: { kind: 'text', needs: 'KEY_SECRET' },
  KEY_SECRET: { kind: 'text', secret: true, needs: 'KEY_ID' },
  API_URL: { kind: 'url' },
} as const;
export const RAZORPAY_NEEDED_TO_ASK = ['KEY_ID', 'KEY_SECRET'];

const LIVE_BASE = 'https://api.razorpay.com/v1/';

/** JSON with its exact bytes, or why there is none. */
export type RazorpayAnswer =
  | Extract<ApiAnswer, { kind: 'json' }>
  /** 404. */
  | { kind: 'missing' }
  /** 400: an id that Razorpay does not know, or a question that it does not take as it is put. */
  | { kind: 'invalid' }
  | Exclude<FetchOutcome, { kind: 'answer' }>;

export interface RazorpayQuestion {
  /** Below the base, each part encoded: `payments/pay_1`. See {@link razorpayPath}. */
  path: string;
  query?: Readonly<Record<string, string>>;
  limits?: ApiLimits;
}

/**
 * One GET, with Basic authentication. `settings` are those of {@link RAZORPAY_SETTINGS}. Never throws for what Razorpay
 * or the network does.
 */
export async function askRazorpay(
  { path, query = {}, limits = API_LIMITS }: RazorpayQuestion,
  { KEY_ID, KEY_SECRET, API_URL }: Readonly<Record<string, string>>,
): Promise<RazorpayAnswer> {
  if (!KEY_ID || !KEY_SECRET) return { kind: 'unavailable', reason: 'no key is set' };
  const base = versionedBase(API_URL || LIVE_BASE);
  if (base === null) return final('API URL');
  const url = new URL(path, base);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const authorization = `Basic ${Buffer.from(`${KEY_ID}:${KEY_SECRET}`).toString('base64')}`;
  const answer = await getJson(url, { authorization }, limits);
  return answer.kind === 'refused' ? refusedWith(answer.status) : answer;
}

/** The path of an object: `razorpayPath('payments', 'pay_1')`. */
export const razorpayPath = (collection: string, id: string): string =>
  `${collection}/${encodeURIComponent(id)}`;

/** Razorpay's clients name the host alone, and its documentation the host with the version. Either is the same base. */
function versionedBase(text: string): URL | null {
  const base = apiBase(text);
  return base === null || /\/v1\/$/.test(base.pathname) ? base : new URL('v1/', base);
}

function refusedWith(status: number): RazorpayAnswer {
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
