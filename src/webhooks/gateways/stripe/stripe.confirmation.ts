import { type AskedAnswer, final, objectPath } from '../api-client.js';
import type { Confirmation, FetchOutcome } from '../gateway.js';
import { fieldOf } from '../fields/wire-fields.js';
import { askStripe } from './stripe.api.js';
import { checkoutDocument } from './stripe.checkout.js';
import { idOf } from './stripe-event.dto.js';

/** Under which names a shop may have kept the id that Stripe puts into the success URL. The first that is there counts. */
const SESSION_NAMES = ['session_id', 'sessionId', 'session', 'checkout_session_id', 'id'] as const;

/** Ids of live and test sessions have up to 70 characters. */
const SESSION_ID = /^cs_\w{1,250}$/;
const HINT_PREFIX = 'session:';

/** The browser knows nothing of a Checkout session but its id, and Stripe signs nothing: whoever asks learns nothing. */
export function confirmStripe(body: object): Confirmation {
  const name = SESSION_NAMES.find((one) => fieldOf(body, one) != null) ?? SESSION_NAMES[0];
  const id = fieldOf(body, name);
  if (typeof id === 'string' && SESSION_ID.test(id)) return { kind: 'hint', hint: HINT_PREFIX + id };
  return {
    kind: 'invalid',
    issues: [{ path: name, message: 'must be the id of a Checkout session (cs_…)' }],
  };
}

/** The session that a hint of {@link confirmStripe} asks about; null for another hint. */
export const sessionInHint = (hint: string): string | null =>
  hint.startsWith(HINT_PREFIX) ? hint.slice(HINT_PREFIX.length) : null;

type Settings = Readonly<Record<string, string>>;

/**
 * Asks for the session and for its PaymentIntent, which says what became of the payment. Both answers are handed back as
 * they came, in one document. A session without a PaymentIntent (a subscription, a setup, one that nobody paid) is the
 * answer by itself, and says nothing about a payment.
 */
export async function fetchSession(id: string, settings: Settings, now: Date): Promise<FetchOutcome> {
  const session = await askStripe({ path: objectPath('v1/checkout/sessions', id) }, settings);
  if (session.kind !== 'json') return outcomeOf(session, 'session');
  if (!isObject(session.body, 'checkout.session', id)) return final('another session');
  const intentId = idOf(fieldOf(session.body, 'payment_intent'));
  if (intentId === null) return { kind: 'answer', raw: session.raw, observedAt: now };

  // Whose charge it is, and why it failed, stands in the charge.
  const query = { 'expand[0]': 'latest_charge' };
  const intent = await askStripe({ path: objectPath('v1/payment_intents', intentId), query }, settings);
  if (intent.kind !== 'json') return outcomeOf(intent, 'payment intent');
  if (!isObject(intent.body, 'payment_intent', intentId)) return final('another payment intent');
  if (fieldOf(intent.body, 'livemode') !== fieldOf(session.body, 'livemode'))
    return final('a payment intent of the other mode');
  return { kind: 'answer', raw: checkoutDocument(session.raw, intent.raw), observedAt: now };
}

const isObject = (body: unknown, object: string, id: string): boolean =>
  fieldOf(body, 'object') === object && fieldOf(body, 'id') === id;

function outcomeOf(answer: Exclude<AskedAnswer, { kind: 'json' }>, what: string): FetchOutcome {
  if (answer.kind === 'missing') return final(`the key's account has no such ${what} (status 404)`);
  return answer.kind === 'invalid' ? final('status 400') : answer;
}
