import { type GatewaySimulator } from '../../../simulator/gateway-simulator.js';

/**
 * Ippopay's notification: an order id, sent to a path that ends in the token. Its real format is not documented;
 * this is the least that any could hold. What happened is asked of the API, so whoever tells a story sets the
 * stand-in's order (`IppopayStandIn.tell`) before sending the hint.
 */
export const ippopaySimulator: GatewaySimulator = {
  gateway: 'ippopay',
  steps: ['failed', 'canceled', 'succeeded'],

  body(told) {
    if (!ippopaySimulator.steps.includes(told.kind)) {
      throw new RangeError(`Ippopay has no answer for ${told.kind}`);
    }
    return Buffer.from(JSON.stringify({ order_id: told.orderId }));
  },

  sign(body, { secret, account }) {
    const place = account && account !== 'default' ? `${account}/` : '';
    return {
      path: `/webhooks/ippopay/${place}${encodeURIComponent(secret)}`,
      headers: { 'content-type': 'application/json' },
      body,
    };
  },
};
