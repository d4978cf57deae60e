import {
  type GatewaySimulator,
  type StoryStep,
  type StoryEvent,
} from '../../../simulator/gateway-simulator.js';
import { hmacSha256 } from '../signature.js';

/** Razorpay's side of the wire: its bodies and its signature. */

/** The `X-Razorpay-Signature` header of a body. It covers no time: the same body is always signed the same. */
export function signRazorpay(raw: Buffer, secret: string): string {
  return hmacSha256(secret, raw).toString('hex');
}

/** Razorpay has no events for a payment that is only begun, and no cancellation: its payments fail. */
const STEPS: Partial<Record<StoryStep, { event: string; status: string }>> = {
  failed: { event: 'payment.failed', status: 'failed' },
  authorized: { event: 'payment.authorized', status: 'authorized' },
  succeeded: { event: 'payment.captured', status: 'captured' },
  refund_created: { event: 'refund.created', status: 'captured' },
  refund_succeeded: { event: 'refund.processed', status: 'captured' },
  refund_failed: { event: 'refund.failed', status: 'captured' },
  dispute_opened: { event: 'payment.dispute.created', status: 'captured' },
  dispute_won: { event: 'payment.dispute.won', status: 'captured' },
  dispute_lost: { event: 'payment.dispute.lost', status: 'captured' },
};

export const razorpaySimulator: GatewaySimulator = {
  gateway: 'razorpay',
  payments: { idPrefix: 'pay', currency: 'INR' },
  steps: Object.keys(STEPS) as StoryStep[],

  body(told) {
    const step = STEPS[told.kind];
    if (!step) throw new RangeError(`Razorpay has no event for ${told.kind}`);
    const payload = {
      ...(told.kind.startsWith('refund_') && { refund: { entity: refund(told) } }),
      payment: { entity: payment(told, step.status) },
      ...(told.kind.startsWith('dispute_') && { dispute: { entity: dispute(told) } }),
    };
    const event = {
      entity: 'event',
      account_id: 'acc_BFQ7uQEaa7j2z7',
      event: step.event,
      contains: Object.keys(payload),
      payload,
      created_at: seconds(told.occurredAt),
    };
    return Buffer.from(JSON.stringify(event));
  },

  sign(body, { secret, eventId, account }) {
    return {
      path: account && account !== 'default' ? `/webhooks/razorpay/${account}` : '/webhooks/razorpay',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Razorpay-Webhook/v1',
        'x-razorpay-signature': signRazorpay(body, secret),
        'x-razorpay-event-id': eventId,
      },
      body,
    };
  },
};

/** Razorpay captures all of a payment or nothing, so `capturedAmount` is what the payment was of. */
export function payment(told: StoryEvent, status: string): object {
  const { id, email, name, phone } = told.customer;
  const amount = Number(told.capturedAmount ?? told.amount);
  const refunded = Number(told.refundedTotal ?? (told.kind === 'refund_failed' ? 0 : refundedBy(told)));
  return {
    id: told.paymentId,
    entity: 'payment',
    amount,
    currency: told.currency,
    status,
    order_id: `order_${told.orderId}`,
    international: false,
    method: 'card',
    amount_refunded: refunded,
    refund_status: refunded === 0 ? null : refunded < amount ? 'partial' : 'full',
    captured: status === 'captured',
    card: { entity: 'card', name: name ?? '', network: 'Visa' },
    vpa: null,
    email,
    contact: phone,
    ...(id !== undefined && { customer_id: id }),
    notes: { orderId: told.orderId },
    ...failure(told),
    created_at: seconds(told.occurredAt),
  };
}

function failure(told: StoryEvent): object {
  const failed = told.kind === 'failed';
  return {
    error_code: failed ? 'BAD_REQUEST_ERROR' : null,
    error_description: failed ? 'Your payment could not be completed.' : null,
    error_source: failed ? 'bank' : null,
    error_step: failed ? 'payment_authorization' : null,
    error_reason: failed ? (told.failureCode ?? 'payment_failed') : null,
  };
}

export function refund(told: StoryEvent): object {
  const statuses: Partial<Record<StoryStep, string>> = { refund_created: 'pending', refund_failed: 'failed' };
  return {
    id: told.refundId ?? `rfnd_${told.paymentId}`,
    entity: 'refund',
    amount: refundedBy(told),
    currency: told.currency,
    payment_id: told.paymentId,
    notes: [],
    receipt: null,
    status: statuses[told.kind] ?? 'processed',
    speed_processed: 'normal',
    speed_requested: 'normal',
    created_at: seconds(told.refundCreatedAt ?? told.occurredAt),
  };
}

export function dispute(told: StoryEvent): object {
  return {
    id: told.disputeId ?? `disp_${told.paymentId}`,
    entity: 'dispute',
    payment_id: told.paymentId,
    amount: Number(told.capturedAmount ?? told.amount),
    currency: told.currency,
    reason_code: 'goods_or_services_not_received_or_partially_received',
    status: { dispute_won: 'won', dispute_lost: 'lost' }[told.kind as string] ?? 'open',
    phase: 'chargeback',
    created_at: seconds(told.occurredAt),
  };
}

function refundedBy(told: StoryEvent): number {
  if (!told.kind.startsWith('refund_')) return 0;
  return Number(told.refundAmount ?? told.capturedAmount ?? told.amount);
}

const seconds = (time: Date): number => Math.floor(time.getTime() / 1000);
