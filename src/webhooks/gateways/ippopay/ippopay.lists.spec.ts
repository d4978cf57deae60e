import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { IppopayFakeApi } from './ippopay-api.simulator.js';
import { ippopayGateway } from './ippopay.gateway.js';

const KEYS = { publicKey: 'pk_test_lists', secretKey: 'sk_test_lists' };
const AT = '2026-01-01T00:00:00.000Z';

let api: IppopayFakeApi;
beforeAll(async () => {
  api = await IppopayFakeApi.start(KEYS);
});
afterAll(() => api.close());

const ask = (gatewayOrderId: string | null, gatewayPaymentId: string | null = null) =>
  ippopayGateway.askPayment?.(
    { gatewayOrderId, gatewayPaymentId, cursor: null },
    { PUBLIC_KEY: KEYS.publicKey, SECRET_KEY: KEYS.secretKey, API_URL: api.baseUrl },
  );

describe('an order of Ippopay that we know of', () => {
  it('is answered with its transaction, which is the payment', async () => {
    const transaction = { trans_id: 'trans_1', status: 'success', createdAt: AT };
    api.setOrder('order_1', { amount: 100, transaction });
    const { raw } = (await ippopayGateway.fetch?.('order_1', settingsOf(), new Date())) as { raw: Buffer };
    expect(await ask('order_1')).toEqual({
      kind: 'page',
      items: [{ what: 'order', id: 'trans_1', gatewayPaymentId: 'trans_1', raw }],
      next: null,
    });
  });

  it('has no payment before anybody paid, and none where Ippopay does not know it', async () => {
    api.setOrder('order_2', { amount: 100, transaction: null });
    expect(await ask('order_2')).toMatchObject({ items: [{ id: 'order_2', gatewayPaymentId: null }] });
    expect(await ask('order_9')).toEqual({ kind: 'page', items: [], next: null });
    expect(await ask(null, 'trans_1')).toEqual({ kind: 'page', items: [], next: null });
  });

  it('is not believed where another order is answered, and asked again where none is', async () => {
    api.setOrder('order_3', { amount: 100, transaction: null });
    api.failRequests('order_3', 'another-order', 1);
    expect(await ask('order_3')).toEqual({ kind: 'unusable', reason: 'another order' });
    api.failRequests('order_3', 'server-error', 1);
    expect(await ask('order_3')).toEqual({ kind: 'retry', reason: 'status 500' });
  });
});

const settingsOf = () => ({
  PUBLIC_KEY: KEYS.publicKey,
  SECRET_KEY: KEYS.secretKey,
  API_URL: api.baseUrl,
});
