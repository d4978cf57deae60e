import { type GatewaySimulator } from '../../../simulator/gateway-simulator.js';
import { IppopayFakeApi } from './ippopay-api.simulator.js';

/**
 * Ippopay's notification: an order id, sent to a path that ends in the token. Its real format is not documented; this is the
 * least that any format could contain. The service asks the API what happened, so the API must learn an event
 * ({@link IppopayFakeApi.applyEvent}) before its hint is sent.
 */
export const ippopaySimulator: GatewaySimulator = {
  gateway: 'ippopay',
  payments: { idPrefix: 'trans', currency: 'INR' },
  steps: ['failed', 'canceled', 'succeeded'],

  body(event) {
    if (!ippopaySimulator.steps.includes(event.kind)) {
      throw new RangeError(`Ippopay has no answer for ${event.kind}`);
    }
    return Buffer.from(JSON.stringify({ order_id: event.orderId }));
  },

  sign(body, { secret, account }) {
    const place = account && account !== 'default' ? `${account}/` : '';
    return {
      path: `/webhooks/ippopay/${place}${encodeURIComponent(secret)}`,
      headers: { 'content-type': 'application/json' },
      body,
    };
  },

  startApi({ PUBLIC_KEY: publicKey, SECRET_KEY: secretKey, API_URL: api }) {
    const url = api ? new URL(api) : null;
    if (!publicKey || !secretKey || url?.hostname !== '127.0.0.1') return null;
    return IppopayFakeApi.start({ publicKey, secretKey }, Number(url.port || 80));
  },
};
