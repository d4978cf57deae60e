import { apiBase, type ApiQuestion, askApi, type AskedAnswer, NO_KEY } from '../api-client.js';

/** The settings of an account with which Stripe is asked. A restricted key with read permissions is enough. */
export const STRIPE_SETTINGS = {
  SECRET_KEY: { kind: 'text', secret: true },
  API_URL: { kind: 'url' },
} as const;
export const STRIPE_NEEDED_TO_ASK = ['SECRET_KEY'];

const LIVE_BASE = 'https://api.stripe.com/';
/** The first version in which Stripe recommends thin events. Objects are read for fields that do not depend on it. */
export const STRIPE_VERSION = '2026-09-30.endive';

export interface StripeQuestion extends ApiQuestion {
  /** The connected account that is asked about, as the `context` of a thin event says it. */
  context?: string | null;
}

/** One GET. `settings` are those of {@link STRIPE_SETTINGS}. Never throws for what Stripe or the network does. */
export async function askStripe(
  { context = null, ...question }: StripeQuestion,
  { SECRET_KEY, API_URL }: Readonly<Record<string, string>>,
): Promise<AskedAnswer> {
  if (!SECRET_KEY) return NO_KEY;
  return askApi(question, apiBase(API_URL || LIVE_BASE), {
    authorization: `Bearer ${SECRET_KEY}`,
    'stripe-version': STRIPE_VERSION,
    ...(context !== null && { 'stripe-context': context }),
  });
}
