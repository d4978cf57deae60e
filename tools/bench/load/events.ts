import { createHmac } from 'node:crypto';
import { SECRET } from '../programs/secret.js';

/** Which events to send. All are signed when they are made, a little before they go out. */
export interface Events {
  /** Sets this lot apart from all others: no id is ever sent twice. */
  tag: string;
  count: number;
  /** Every event tells of another payment, or all of them of one. */
  about: 'many payments' | 'one payment';
  /** They happened one after the other, a second apart; else all now, which of one payment puts them in no order. */
  apart: boolean;
  /** How many of a hundred events tell of a failed payment, spread evenly; the others tell of a succeeded one. */
  failing: number;
  /** They are of so many accounts in turn, each with a path of its own; where left out, all are of the one without a name. */
  accounts?: number;
}

export interface SignedEvent {
  path: string;
  paymentId: string;
  signature: string;
  body: Buffer;
}

/** What Stripe sends is about this long once it is written without spaces. */
const BODY_BYTES = 1500;
const PATH = '/webhooks/stripe';

/** The name of account `nth` (from 0). */
export const accountName = (nth: number): string => `a${nth}`;

/** Whether event `nth` (from 0) tells of a failed payment. */
export const isFailure = ({ failing }: Pick<Events, 'failing'>, nth: number): boolean => {
  const before = (events: number): number => Math.floor((events * failing) / 100);
  return before(nth + 1) > before(nth);
};

/** How many of the events tell of a failed payment. */
export const failuresIn = ({ failing, count }: Pick<Events, 'failing' | 'count'>): number =>
  Math.floor((count * failing) / 100);

export const paymentId = ({ tag, about }: Pick<Events, 'tag' | 'about'>, nth: number): string =>
  about === 'one payment' ? `pi_${tag}` : `pi_${tag}_${nth}`;

export function signedEvent(events: Events, nth: number, now = new Date()): SignedEvent {
  const seconds = Math.floor(now.getTime() / 1000);
  const body = bodyOf(events, nth, events.apart ? seconds - events.count + nth : seconds);
  const mac = createHmac('sha256', SECRET).update(`${seconds}.`).update(body).digest('hex');
  const path = events.accounts === undefined ? PATH : `${PATH}/${accountName(nth % events.accounts)}`;
  return { path, paymentId: paymentId(events, nth), signature: `t=${seconds},v1=${mac}`, body };
}

function bodyOf(events: Events, nth: number, happened: number): Buffer {
  const failed = isFailure(events, nth);
  const id = paymentId(events, nth);
  const text = (description: string): string =>
    JSON.stringify({
      id: `evt_${events.tag}_${nth}`,
      object: 'event',
      api_version: '2026-10-28.endive',
      created: happened,
      data: {
        object: {
          id,
          object: 'payment_intent',
          amount: 2599,
          amount_capturable: 0,
          amount_received: failed ? 0 : 2599,
          canceled_at: null,
          capture_method: 'automatic_async',
          client_secret: `${id}_secret_x`,
          created: happened - 20,
          currency: 'eur',
          customer: `cus_${events.tag}_${nth}`,
          description,
          last_payment_error: failed ? paymentError(id) : null,
          latest_charge: `ch_${id}`,
          livemode: true,
          metadata: { order_id: `ORD-${events.tag}-${nth}` },
          payment_method: null,
          payment_method_types: ['card'],
          receipt_email: `buyer-${nth}@example.test`,
          shipping: null,
          status: failed ? 'requires_payment_method' : 'succeeded',
        },
      },
      livemode: true,
      pending_webhooks: 1,
      request: { id: null, idempotency_key: null },
      type: failed ? 'payment_intent.payment_failed' : 'payment_intent.succeeded',
    });
  return Buffer.from(text('x'.repeat(Math.max(0, BODY_BYTES - text('').length))));
}

function paymentError(id: string): object {
  return {
    charge: `ch_${id}`,
    code: 'card_declined',
    decline_code: 'insufficient_funds',
    message: 'Your card has insufficient funds.',
    type: 'card_error',
  };
}
