import {
  type GatewaySimulator,
  type StoryStep,
  type StoryEvent,
} from '../../../simulator/gateway-simulator.js';
import { toStripeAmount } from './stripe.amounts.js';
import { stripeMac } from './stripe.proof.js';

/** Stripe's side of the wire: its bodies as API version 2026-10-28.endive writes them, and its signature. */

/** The `Stripe-Signature` header of a body sent at `now`. */
export function signStripe(raw: Buffer, secret: string, now: Date): string {
  const timestamp = Math.floor(now.getTime() / 1000);
  return `t=${timestamp},v1=${stripeMac(raw, secret, timestamp).toString('hex')}`;
}

type Writer = (told: StoryEvent) => object;

/** Each step's event and what it holds. A refund told only as a running total comes as charge.refunded. */
const STEPS: Record<StoryStep, { type: string; write: Writer }> = {
  created: { type: 'payment_intent.created', write: intent('requires_payment_method') },
  requires_action: { type: 'payment_intent.requires_action', write: intent('requires_action') },
  processing: { type: 'payment_intent.processing', write: intent('processing') },
  failed: { type: 'payment_intent.payment_failed', write: intent('requires_payment_method') },
  authorized: { type: 'payment_intent.amount_capturable_updated', write: intent('requires_capture') },
  canceled: { type: 'payment_intent.canceled', write: intent('canceled') },
  succeeded: { type: 'payment_intent.succeeded', write: intent('succeeded') },
  refund_created: { type: 'refund.created', write: refund('pending') },
  refund_succeeded: { type: 'refund.updated', write: refund('succeeded') },
  refund_failed: { type: 'refund.failed', write: refund('failed') },
  dispute_opened: { type: 'charge.dispute.created', write: dispute('needs_response') },
  dispute_won: { type: 'charge.dispute.closed', write: dispute('won') },
  dispute_lost: { type: 'charge.dispute.closed', write: dispute('lost') },
};

export const stripeSimulator: GatewaySimulator = {
  gateway: 'stripe',
  payments: { idPrefix: 'pi', currency: 'USD' },
  steps: Object.keys(STEPS) as StoryStep[],

  body(told) {
    const asTotal = told.kind === 'refund_created' && told.refundedTotal !== undefined && !told.refundId;
    const { type, write } = asTotal ? { type: 'charge.refunded', write: refundedCharge } : STEPS[told.kind];
    const event = {
      id: told.eventId,
      object: 'event',
      api_version: '2026-10-28.endive',
      created: seconds(told.occurredAt),
      data: { object: write(told) },
      livemode: true,
      pending_webhooks: 1,
      request: { id: null, idempotency_key: null },
      type,
    };
    return Buffer.from(JSON.stringify(event, null, 2));
  },

  sign(body, { secret, now, account }) {
    return {
      path: account && account !== 'default' ? `/webhooks/stripe/${account}` : '/webhooks/stripe',
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'user-agent': 'Stripe/1.0',
        'stripe-signature': signStripe(body, secret, now),
      },
      body,
    };
  },
};

/** The object inside the event. */
export const stripeObjectOf = (told: StoryEvent): { id: string; object: string; created?: number } =>
  STEPS[told.kind].write(told) as { id: string; object: string };

function intent(status: string): Writer {
  return (told) => {
    const { amount, capturedAmount = amount, currency, customer } = told;
    const units = (minor: string) => toStripeAmount(minor, currency);
    return {
      id: told.paymentId,
      object: 'payment_intent',
      amount: units(amount),
      amount_capturable: status === 'requires_capture' ? units(amount) : 0,
      amount_received: status === 'succeeded' ? units(capturedAmount) : 0,
      cancellation_reason: status === 'canceled' ? 'requested_by_customer' : null,
      currency: currency.toLowerCase(),
      customer: customer.id ?? null,
      last_payment_error: told.kind === 'failed' ? paymentError(told) : null,
      latest_charge: ['created', 'requires_action'].includes(told.kind) ? null : chargeId(told),
      livemode: true,
      metadata: { orderId: told.orderId },
      payment_method_types: ['card'],
      receipt_email: customer.email,
      status,
    };
  };
}

function paymentError(told: StoryEvent): object {
  return {
    charge: chargeId(told),
    code: 'card_declined',
    decline_code: told.failureCode ?? 'generic_decline',
    message: 'Your card was declined.',
    payment_method: { object: 'payment_method', billing_details: billingDetails(told), type: 'card' },
    type: 'card_error',
  };
}

function refundedCharge(told: StoryEvent): object {
  const { amount, capturedAmount = amount, refundedTotal = amount, currency } = told;
  return {
    id: chargeId(told),
    object: 'charge',
    amount: toStripeAmount(amount, currency),
    amount_captured: toStripeAmount(capturedAmount, currency),
    amount_refunded: toStripeAmount(refundedTotal, currency),
    billing_details: { address: null, ...billingDetails(told) },
    captured: true,
    currency: currency.toLowerCase(),
    customer: told.customer.id ?? null,
    metadata: { orderId: told.orderId },
    payment_intent: told.paymentId,
    receipt_email: told.customer.email,
    refunded: refundedTotal === capturedAmount,
    status: 'succeeded',
  };
}

function refund(status: string): Writer {
  return (told) => ({
    id: told.refundId ?? `re_${told.paymentId}`,
    object: 'refund',
    amount: toStripeAmount(told.refundAmount ?? told.capturedAmount ?? told.amount, told.currency),
    charge: chargeId(told),
    created: seconds(told.refundCreatedAt ?? told.occurredAt),
    currency: told.currency.toLowerCase(),
    metadata: {},
    payment_intent: told.paymentId,
    reason: 'requested_by_customer',
    status,
    ...(status === 'failed' && { failure_reason: 'expired_or_canceled_card' }),
  });
}

function dispute(status: string): Writer {
  return (told) => ({
    id: told.disputeId ?? `dp_${told.paymentId}`,
    object: 'dispute',
    amount: toStripeAmount(told.capturedAmount ?? told.amount, told.currency),
    charge: chargeId(told),
    currency: told.currency.toLowerCase(),
    metadata: {},
    payment_intent: told.paymentId,
    reason: 'fraudulent',
    status,
  });
}

/** Stripe writes the customer's id beside these details, never in them. */
export function billingDetails({ customer: { email, name, phone } }: StoryEvent): object {
  return { email, name, phone };
}

const chargeId = (told: StoryEvent): string => `ch_${told.paymentId}_${told.attempt}`;

const seconds = (time: Date): number => Math.floor(time.getTime() / 1000);
