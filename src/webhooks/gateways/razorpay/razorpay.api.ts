import { apiBase, type ApiQuestion, askApi, type AskedAnswer, NO_KEY } from '../api-client.js';

/** The settings of an account with which Razorpay is asked: its API key, which is not the webhook's secret. */
export const RAZORPAY_SETTINGS = {
  KEY_ID: { kind: 'text', needs: 'KEY_SECRET' },
  KEY_SECRET: { kind: 'text', secret: true, needs: 'KEY_ID' },
  API_URL: { kind: 'url' },
} as const;
export const RAZORPAY_NEEDED_TO_ASK = ['KEY_ID', 'KEY_SECRET'];

const LIVE_BASE = 'https://api.razorpay.com/v1/';

/**
 * One GET, with Basic authentication. `settings` are those of {@link RAZORPAY_SETTINGS}. An id that Razorpay does not know
 * is `invalid`. Never throws for what Razorpay or the network does.
 */
export async function askRazorpay(
  question: ApiQuestion,
  { KEY_ID, KEY_SECRET, API_URL }: Readonly<Record<string, string>>,
): Promise<AskedAnswer> {
  if (!KEY_ID || !KEY_SECRET) return NO_KEY;
  const authorization = `Basic ${Buffer.from(`${KEY_ID}:${KEY_SECRET}`).toString('base64')}`;
  return askApi(question, versionedBase(API_URL || LIVE_BASE), { authorization });
}

/** Razorpay's clients name the host alone, and its documentation the host with the version. Either is the same base. */
function versionedBase(text: string): URL | null {
  const base = apiBase(text);
  return base === null || /\/v1\/$/.test(base.pathname) ? base : new URL('v1/', base);
}
