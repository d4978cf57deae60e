import { API_LIMITS, apiBase, type ApiAnswer, type ApiLimits, final, getJson } from '../api-client.js';
import type { FetchOutcome } from '../gateway.js';

/** The settings of an account with which Stripe is asked. A restricted key with read permissions is enough. */
export const STRIPE_SETTINGS = {
  SECRET_KEY: { kind: 'text', secret: true },
  API_URL: { kind: 'url' },
} as const;
export const STRIPE_NEEDED_TO_ASK = ['SECRET_KEY'];

const LIVE_BASE = 'https://api.stripe.com/';
/** The first version in which Stripe recommends thin events. Objects are read for fields that do not depend on it. */
export const STRIPE_VERSION = '2026-09-30.endive';

/** JSON with its exact bytes; `missing`, Stripe knows no such object or no longer; or why the question failed. */
export type StripeAnswer =
  | Extract<ApiAnswer, { kind: 'json' }>
  | { kind: 'missing' }
  /** 400: Stripe does not take the question as it is put, such as a cursor that is gone. */
  | { kind: 'invalid' }
  | Exclude<FetchOutcome, { kind: 'answer' }>;

export interface StripeQuestion {
  /** Below the base, each part encoded: `v1/payment_intents/pi_1`. See {@link stripePath}. */
  path: string;
  query?: Readonly<Record<string, string>>;
  /** The connected account that is asked about, as the `context` of a thin event says it. */
  context?: string | null;
  limits?: ApiLimits;
}

/** One GET. `settings` are those of {@link STRIPE_SETTINGS}. Never throws for what Stripe or the network does. */
export async function askStripe(
  { path, query = {}, context = null, limits = API_LIMITS }: StripeQuestion,
  { SECRET_KEY, API_URL }: Readonly<Record<string, string>>,
): Promise<StripeAnswer> {
  if (!SECRET_KEY) return { kind: 'unavailable', reason: 'no key is set' };
  const base = apiBase(API_URL || LIVE_BASE);
  if (base === null) return final('API URL');
  const url = new URL(path, base);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const answer = await getJson(url, headersOf(SECRET_KEY, context), limits);
  return answer.kind === 'refused' ? refusedWith(answer.status) : answer;
}

/** The path of an object: `stripePath('v1/payment_intents', 'pi_1')`. */
export const stripePath = (collection: string, id: string): string =>
  `${collection}/${encodeURIComponent(id)}`;

const headersOf = (key: string, context: string | null): Readonly<Record<string, string>> => ({
  authorization: `Bearer ${key}`,
  'stripe-version': STRIPE_VERSION,
  ...(context !== null && { 'stripe-context': context }),
});

function refusedWith(status: number): StripeAnswer {
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
