import { type AskedAnswer, final, objectPath } from '../api-client.js';
import { type FetchOutcome, isValidId } from '../gateway.js';
import { fieldOf } from '../fields/wire-fields.js';
import { askStripe } from './stripe.api.js';
import { CONTEXT_HEADER, decodeHint, THIN_OBJECT, type ThinHint } from './stripe.thin.js';

type Settings = Readonly<Record<string, string>>;

/**
 * Where an object is asked for, by the type of the `related_object`, and what is expanded in it: a payment's charge tells
 * who paid and when, a charge's refunds tell which of them its total counts, and a refund's charge tells the mode.
 */
const OBJECTS: ReadonlyMap<string, { collection: string; expand?: string }> = new Map([
  ['payment_intent', { collection: 'v1/payment_intents', expand: 'latest_charge' }],
  ['charge', { collection: 'v1/charges', expand: 'refunds' }],
  ['refund', { collection: 'v1/refunds', expand: 'charge' }],
  ['dispute', { collection: 'v1/disputes' }],
  ['checkout.session', { collection: 'v1/checkout/sessions' }],
]);

/**
 * Asks what a thin event is about: for the event, which names its snapshot, and for the snapshot. Stripe keeps events for
 * 30 days. Without a snapshot the object itself is asked for, and what it says is reported at the time of the event.
 *
 * An answer that is about something else than what was asked, or of the other mode, is never believed.
 */
export async function fetchThinEvent(text: string, settings: Settings): Promise<FetchOutcome> {
  const hint = decodeHint(text);
  if (hint === null) return final('hint');
  const wrongKey = keyOfOtherMode(hint, settings);
  if (wrongKey !== null) return wrongKey;

  const event = await ask(hint, objectPath('v2/core/events', hint.id), settings);
  if (event.kind === 'missing') return fetchObject(hint, settings);
  if (event.kind !== 'json') return outcomeOf(event);
  const stranger = strangerIn(event.body, { id: hint.id, object: THIN_OBJECT, type: hint.type }, hint);
  if (stranger !== null) return final(stranger);

  const snapshot = fieldOf(event.body, 'snapshot_event');
  // Both are deliveries of this account, so a snapshot with the id of its thin event could not be stored beside it.
  if (!isValidId(snapshot) || snapshot === hint.id) return fetchObject(hint, settings);
  return fetchSnapshot(hint, snapshot, settings);
}

async function fetchSnapshot(hint: ThinHint, id: string, settings: Settings): Promise<FetchOutcome> {
  const answer = await ask(hint, objectPath('v1/events', id), settings);
  if (answer.kind === 'missing') return fetchObject(hint, settings);
  if (answer.kind !== 'json') return outcomeOf(answer);
  const stranger = strangerIn(answer.body, { id, object: 'event', type: snapshotType(hint.type) }, hint);
  if (stranger !== null) return final(stranger);
  const told = fieldOf(fieldOf(fieldOf(answer.body, 'data'), 'object'), 'id');
  if (hint.related !== null && told !== hint.related.id) return final('an event of another object');
  return { kind: 'answer', raw: answer.raw, ...stored(hint) };
}

async function fetchObject(hint: ThinHint, settings: Settings): Promise<FetchOutcome> {
  const { related, created } = hint;
  const asked = related && OBJECTS.get(related.type);
  if (!asked) return final('the event is gone, and it names no object that can be asked for');
  const query: Record<string, string> = asked.expand === undefined ? {} : { 'expand[]': asked.expand };
  const answer = await ask(hint, objectPath(asked.collection, related.id), settings, query);
  if (answer.kind === 'missing') return final('neither the event nor its object is known (status 404)');
  if (answer.kind !== 'json') return outcomeOf(answer);
  const stranger = strangerIn(answer.body, { id: related.id, object: related.type }, hint);
  if (stranger !== null) return final(stranger);
  return { kind: 'answer', raw: answer.raw, observedAt: created, ...stored(hint) };
}

const ask = (
  { context }: ThinHint,
  path: string,
  settings: Settings,
  query?: Readonly<Record<string, string>>,
): Promise<AskedAnswer> => askStripe({ path, context, query }, settings);

/** What the snapshot of a thin event is called: `payment_intent.succeeded` for `v1.payment_intent.succeeded`. */
export const snapshotType = (type: string): string => type.replace(/^v1\./, '');

const stored = ({ context }: ThinHint) =>
  context === null ? {} : { headers: { [CONTEXT_HEADER]: context } };

function outcomeOf(answer: Exclude<AskedAnswer, { kind: 'json' | 'missing' }>): FetchOutcome {
  return answer.kind === 'invalid' ? final('status 400') : answer;
}

/** What tells that an answer is not about what was asked; null where nothing does. */
function strangerIn(
  body: unknown,
  expected: { id: string; object: string; type?: string },
  { livemode, context }: ThinHint,
): string | null {
  const { id, object, type } = expected;
  if (fieldOf(body, 'id') !== id || fieldOf(body, 'object') !== object) return 'another object';
  if (type !== undefined && fieldOf(body, 'type') !== type) return 'an event of another type';
  const mode = fieldOf(body, 'livemode') ?? fieldOf(fieldOf(body, 'charge'), 'livemode');
  if (livemode !== null && typeof mode === 'boolean' && mode !== livemode)
    return 'an object of the other mode';
  const account = fieldOf(body, object === THIN_OBJECT ? 'context' : 'account');
  return typeof account === 'string' && lastPart(account) !== lastPart(context ?? '')
    ? 'an object of another account'
    : null;
}

/** A context goes from an organisation down to an account, with slashes between them. */
const lastPart = (context: string): string | undefined => context.split('/').at(-1);

/** Stripe's keys tell their mode. One of the other mode would be answered that no such event is known. */
function keyOfOtherMode({ livemode }: ThinHint, { SECRET_KEY = '' }: Settings): FetchOutcome | null {
  const mode = /^[a-z]+_(live|test)_/.exec(SECRET_KEY)?.[1];
  if (mode === undefined || livemode === null || (mode === 'live') === livemode) return null;
  return final(`the key is of mode ${mode}, and the event is not`);
}
