import type { RazorpayEntity } from '../../src/webhooks/gateways/razorpay/razorpay-api.simulator.js';
import { ask, type Heard } from './requests.js';
import { CHECKOUT_KEY, type TestApp } from './test-app.js';

export {
  RazorpayFakeApi,
  signRazorpayCheckout,
} from '../../src/webhooks/gateways/razorpay/razorpay-api.simulator.js';

/** POSTs what a browser brought back, with the key of the shop's checkout or another one. */
export const confirm = (
  app: TestApp,
  path: string,
  body: unknown,
  key: string | null = CHECKOUT_KEY,
): Promise<Heard> => ask(app, `/confirmations/${path}`, { method: 'POST', body: JSON.stringify(body) }, key);

/** A payment as Razorpay's API answers it. */
export const razorpayPayment = (id: string, order: string, changes: object = {}): RazorpayEntity => ({
  id,
  entity: 'payment',
  amount: 10_000,
  currency: 'INR',
  status: 'captured',
  captured: true,
  order_id: order,
  amount_refunded: 0,
  method: 'upi',
  email: 'payer@customers.example',
  contact: '+919000090000',
  notes: { orderId: order.replace('order', 'ord') },
  fee: 200,
  tax: 0,
  created_at: Math.floor(Date.now() / 1000) - 30,
  ...changes,
});
