import { deliver, freshId, signed } from './requests.js';
import type { TestApp } from './test-app.js';

/** A payment as its gateway knows it. Nothing is told that is left out. */
export interface PaymentTold {
  payment: string;
  order?: string;
  merchant?: string;
  /** A test payment. */
  test?: boolean;
  email?: string;
  /** Seconds after the start of the run. */
  at?: number;
}

const START = Math.floor(Date.now() / 1_000) - 60;
let clock = 0;

const seconds = (at: number | undefined): number => START + (at ?? ++clock);

async function send(app: Pick<TestApp, 'url'>, gateway: 'stripe' | 'razorpay', body: object): Promise<void> {
  const { status, text } = await deliver(app, signed(gateway, body));
  if (status !== 200) throw new Error(`answered ${status}: ${text}`);
}

/** Tells of a Stripe payment intent, of a connected account where a merchant is given. */
export function tellStripe(
  app: Pick<TestApp, 'url'>,
  what: 'payment_failed' | 'succeeded' | 'processing',
  { payment, order, merchant, test = false, email = `${payment}@example.com`, at }: PaymentTold,
): Promise<void> {
  const failed = what === 'payment_failed';
  return send(app, 'stripe', {
    id: freshId('evt'),
    object: 'event',
    api_version: '2026-10-28.endive',
    created: seconds(at),
    livemode: !test,
    ...(merchant !== undefined && { account: merchant }),
    type: `payment_intent.${what}`,
    data: {
      object: {
        id: payment,
        object: 'payment_intent',
        amount: 5_000,
        amount_received: what === 'succeeded' ? 5_000 : 0,
        currency: 'usd',
        status: failed ? 'requires_payment_method' : what,
        latest_charge: `ch_${payment}`,
        last_payment_error: failed ? { charge: `ch_${payment}`, decline_code: 'expired_card' } : null,
        livemode: !test,
        metadata: order === undefined ? {} : { orderId: order },
        receipt_email: email,
      },
    },
  });
}

/** Tells of a Razorpay payment of Razorpay's order. `order` is the receipt, which only `order.paid` knows. */
export function tellRazorpay(
  app: Pick<TestApp, 'url'>,
  event: 'payment.failed' | 'payment.captured' | 'order.paid',
  told: PaymentTold & { gatewayOrder: string },
): Promise<void> {
  const { payment, order, gatewayOrder, merchant = 'acc_1', email = `${payment}@example.com` } = told;
  const at = seconds(told.at);
  const failed = event === 'payment.failed';
  const entity = {
    id: payment,
    entity: 'payment',
    amount: 5_000,
    currency: 'INR',
    status: failed ? 'failed' : 'captured',
    order_id: gatewayOrder,
    method: 'upi',
    amount_refunded: 0,
    captured: !failed,
    email,
    contact: '+919000090000',
    notes: [],
    error_code: failed ? 'BAD_REQUEST_ERROR' : null,
    error_reason: failed ? 'insufficient_funds' : null,
    created_at: at,
  };
  const paid = { id: gatewayOrder, entity: 'order', amount: 5_000, currency: 'INR', receipt: order ?? null };
  return send(app, 'razorpay', {
    entity: 'event',
    account_id: merchant,
    event,
    contains: event === 'order.paid' ? ['payment', 'order'] : ['payment'],
    payload: { payment: { entity }, ...(event === 'order.paid' && { order: { entity: paid } }) },
    created_at: at,
  });
}
