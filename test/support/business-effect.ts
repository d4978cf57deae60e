import type { StoryEvent } from '../../src/simulator/gateway-simulator.js';
import type { Json, TestApp } from './test-app.js';

/** What a message came to, as the business sees it: the payment, who was written to, and nothing left over. */
export interface Effect {
  payments: number;
  status: string | null;
  /** Reports that count in its history. */
  told: number;
  alerts: number;
}

export const NO_EFFECT: Effect = { payments: 0, status: null, told: 0, alerts: 0 };
/** Of a payment that failed, told once. */
export const ONE_FAILURE: Effect = { payments: 1, status: 'failed', told: 1, alerts: 1 };

/** Waits until nothing is pending; judges by the read API alone. */
export async function effectOf(
  app: Pick<TestApp, 'get' | 'quiet'>,
  { paymentId }: StoryEvent,
): Promise<Effect> {
  await app.quiet();
  const { items } = await app.get(`/payments?gatewayPaymentId=${encodeURIComponent(paymentId)}`);
  if (items.length !== 1) return { ...NO_EFFECT, payments: items.length };
  const payment: Json = await app.get(`/payments/${items[0].id}`);
  const notifications: Json = await app.get(`/notifications?paymentId=${payment.id}`);
  return {
    payments: 1,
    status: payment.status,
    told: payment.timeline.filter(({ outcome }: Json) => outcome === 'applied').length,
    alerts: notifications.items.length,
  };
}
