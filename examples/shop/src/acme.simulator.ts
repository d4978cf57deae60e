import { hmacSha256 } from 'payhook/gateway';
import type { GatewaySimulator, StoryStep } from 'payhook/testing';

const TYPES: Partial<Record<StoryStep, string>> = { succeeded: 'payment.paid', failed: 'payment.declined' };

/** Acme's side of the wire, for tests: writes its bodies and signs them as it does. */
export const acmeSimulator: GatewaySimulator = {
  gateway: 'acme',
  steps: Object.keys(TYPES) as StoryStep[],

  body(event) {
    const type = TYPES[event.kind];
    if (type === undefined) throw new RangeError(`acme has no event for ${event.kind}`);
    const { eventId: id, paymentId: payment, orderId: order, currency, customer } = event;
    const body = {
      id,
      type,
      created: Math.floor(event.occurredAt.getTime() / 1000),
      payment,
      order,
      currency,
      amount: Number(event.amount),
      ...(event.kind === 'failed' && { reason: 'no_money' }),
      ...(customer.email !== null && { email: customer.email }),
      ...(customer.phone !== null && { phone: customer.phone }),
    };
    return Buffer.from(JSON.stringify(body));
  },

  sign(body, { secret, account }) {
    const path =
      account === undefined || account === 'default' ? '/webhooks/acme' : `/webhooks/acme/${account}`;
    const signature = hmacSha256(secret, body).toString('hex');
    return { path, headers: { 'content-type': 'application/json', 'acme-signature': signature }, body };
  },
};
