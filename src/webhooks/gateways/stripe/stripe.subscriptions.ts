import type { VerifiedMessage } from '../gateway.js';
import { fieldOf } from '../fields/wire-fields.js';

/** The events to subscribe to, for snapshot endpoints; thin ones have the same names behind `v1.`. */
export const STRIPE_SUBSCRIBE_TO: readonly string[] = [
  'payment_intent.created',
  'payment_intent.requires_action',
  'payment_intent.processing',
  'payment_intent.partially_funded',
  'payment_intent.amount_capturable_updated',
  'payment_intent.payment_failed',
  'payment_intent.canceled',
  'payment_intent.succeeded',
  'charge.pending',
  'charge.succeeded',
  'charge.captured',
  'charge.updated',
  'charge.failed',
  'charge.expired',
  'charge.refunded',
  'refund.created',
  'refund.updated',
  'refund.failed',
  'charge.dispute.created',
  'charge.dispute.updated',
  'charge.dispute.funds_withdrawn',
  'charge.dispute.funds_reinstated',
  'charge.dispute.closed',
  'checkout.session.completed',
  'checkout.session.async_payment_succeeded',
  'checkout.session.async_payment_failed',
  'invoice.paid',
  'invoice.payment_failed',
];

/** The id of every event that Stripe's dashboard sends as a test of an endpoint. */
const TEST_EVENT_ID = 'evt_00000000000000';

/** What Stripe sends to test an event destination. Each one has an id of its own. */
const PING_TYPE = 'v2.core.event_destination.ping';

export const isStripeTest = ({ body }: Pick<VerifiedMessage, 'body'>): boolean =>
  fieldOf(body, 'id') === TEST_EVENT_ID || fieldOf(body, 'type') === PING_TYPE;
