import {
  type GatewaySimulator,
  type StoryStep,
  type StoryEvent,
} from '../../../simulator/gateway-simulator.js';
import { toDecimal } from '../fields/decimal-text.js';
import { type StandardStatus } from './standard.kinds.js';
import { readStandardSecret } from './standard.secrets.js';
import { standardSignature } from './standard.proof.js';

/** The sender's side of the wire. The format knows no pending or failed refund, and no end of a dispute. */
const STEPS: Partial<Record<StoryStep, { event: string; status: (told: StoryEvent) => StandardStatus }>> = {
  created: { event: 'payment.created', status: () => 'created' },
  requires_action: { event: 'payment.updated', status: () => 'requires_action' },
  processing: { event: 'payment.updated', status: () => 'processing' },
  failed: { event: 'payment.failed', status: () => 'failed' },
  authorized: { event: 'payment.authorized', status: () => 'authorized' },
  canceled: { event: 'payment.updated', status: () => 'canceled' },
  succeeded: { event: 'payment.updated', status: () => 'completed' },
  refund_succeeded: {
    event: 'payment.updated',
    status: (told) => (BigInt(refunded(told)) < BigInt(captured(told)) ? 'partially_refunded' : 'refunded'),
  },
  dispute_opened: { event: 'payment.updated', status: () => 'disputed' },
};

export const standardSimulator: GatewaySimulator = {
  gateway: 'standard',
  steps: Object.keys(STEPS) as StoryStep[],

  body(told) {
    const step = STEPS[told.kind];
    if (!step) throw new RangeError(`standard has no event for ${told.kind}`);
    const decimal = (minor: string) => toDecimal(minor, told.currency);
    const data = {
      paymentId: told.paymentId,
      status: step.status(told),
      amount: decimal(told.amount),
      currency: told.currency,
      orderId: told.orderId,
      attemptId: `${told.paymentId}_${told.attempt}`,
      ...(told.kind === 'succeeded' && { amountCaptured: decimal(captured(told)) }),
      ...(told.kind === 'refund_succeeded' && { refundedAmount: decimal(refunded(told)) }),
      ...(told.kind === 'failed' && {
        failure: { code: told.failureCode ?? 'card_declined', message: 'The card was declined.' },
      }),
      customer: told.customer,
    };
    return Buffer.from(JSON.stringify({ event: step.event, timestamp: told.occurredAt.toISOString(), data }));
  },

  sign(body, { secret, now, eventId, account }) {
    const key = readStandardSecret(secret);
    if (key?.scheme !== 'v1') throw new RangeError('standard is signed here with a whsec_ secret');
    const timestamp = String(Math.floor(now.getTime() / 1000));
    return {
      path: account && account !== 'default' ? `/webhooks/standard/${account}` : '/webhooks/standard',
      headers: {
        'content-type': 'application/json',
        'webhook-id': eventId,
        'webhook-timestamp': timestamp,
        'webhook-signature': standardSignature(key.bytes, eventId, timestamp, body),
      },
      body,
    };
  },
};

const captured = (told: StoryEvent): string => told.capturedAmount ?? told.amount;
const refunded = (told: StoryEvent): string => told.refundedTotal ?? told.refundAmount ?? captured(told);
