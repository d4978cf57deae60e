import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createStorySubject } from '../../src/simulator/player.js';
import { STORIES } from '../../src/simulator/stories.js';
import { askIppopay } from '../../src/webhooks/gateways/ippopay/ippopay.api.js';
import { ippopayGateway } from '../../src/webhooks/gateways/ippopay/ippopay.gateway.js';
import { interpretMessage } from '../../src/webhooks/message/interpret-message.js';
import { IppopayFakeApi, type FakeApiFailure } from '../support/ippopay-fake-api.js';

const keys = { publicKey: 'pk_test_1', secretKey: 'sk_1' };
const createdAt = '2026-11-23T10:00:00.000Z';
const paid = { trans_id: 'trans_1', status: 'success', createdAt };
const orderId = 'order_G@nzg/3qBq';

describe('asking Ippopay', () => {
  let standIn: IppopayFakeApi;
  let settings: Record<string, string>;
  const ask = (id = orderId, changes: Record<string, string> = {}) =>
    askIppopay(id, { ...settings, ...changes }, { timeoutMs: 5_000, maxBytes: 256 * 1024 });

  beforeAll(async () => {
    standIn = await IppopayFakeApi.start(keys);
    settings = { PUBLIC_KEY: keys.publicKey, SECRET_KEY: keys.secretKey, API_URL: standIn.baseUrl };
  });
  afterEach(() => {
    standIn.failRequests(orderId, 'server-error', 0);
    expect(standIn.redirectsFollowed).toBe(0);
  });
  afterAll(() => standIn.close());

  it('brings both answers back as they came, in one document that can be read', async () => {
    standIn.setOrder(orderId, { amount: '100.00', transaction: paid });
    const outcome = await ippopayGateway.fetch?.(orderId, settings, new Date());
    if (outcome?.kind !== 'answer') throw new Error(`no answer: ${JSON.stringify(outcome)}`);
    expect(outcome.raw.toString()).toMatch(
      /^\{"order":\{"success":true.*\},"transaction":\{"success":true.*\}\}$/,
    );

    const body: unknown = JSON.parse(outcome.raw.toString());
    const message = { raw: outcome.raw, body, headers: {}, receivedAt: new Date('2026-11-23T12:00:00Z') };
    const { content: says } = interpretMessage(ippopayGateway, {
      ...message,
      settings: {},
      provenance: 'fetched',
      mode: 'test',
    });
    expect(says).toMatchObject({
      kind: 'reports',
      reports: [
        { kind: 'succeeded', gatewayPaymentId: 'trans_1', orderId, amount: '10000', currency: 'INR' },
      ],
    });
  });

  it('works with a base without a slash at its end', async () => {
    standIn.setOrder(orderId, { amount: 100, transaction: paid });
    expect(await ask(orderId, { API_URL: standIn.baseUrl.slice(0, -1) })).toMatchObject({ kind: 'answer' });
  });

  it('brings back an order that nobody paid, or failed to pay', async () => {
    standIn.setOrder(orderId, { amount: 100, transaction: null });
    expect(await ask()).toMatchObject({ kind: 'answer' });
    standIn.setOrder(orderId, { amount: 100, transaction: { ...paid, status: 'failure', paid: 0 } });
    expect(await ask()).toMatchObject({ kind: 'answer' });
  });

  it.each<[FakeApiFailure, object]>([
    ['server-error', { kind: 'retry', reason: 'status 500' }],
    ['rate-limited', { kind: 'retry', reason: 'status 429' }],
    ['wrong-amount', { kind: 'final', reason: 'amount' }],
    ['another-order', { kind: 'final', reason: 'another order' }],
    ['redirect', { kind: 'final', reason: 'redirect' }],
    ['too-large', { kind: 'final', reason: 'too large' }],
    ['not-json', { kind: 'final', reason: 'not JSON' }],
  ])('comes to an end with %s', async (failure, outcome) => {
    standIn.setOrder(orderId, { amount: 100, transaction: paid });
    standIn.failRequests(orderId, failure);
    expect(await ask()).toEqual(outcome);
  });

  it('waits only so long', async () => {
    standIn.setOrder(orderId, { amount: 100, transaction: paid });
    standIn.failRequests(orderId, 'timeout');
    const outcome = await askIppopay(orderId, settings, { timeoutMs: 50, maxBytes: 1024 });
    expect(outcome).toEqual({ kind: 'retry', reason: 'timeout' });
  });

  it('gets through once the API is well again', async () => {
    standIn.setOrder(orderId, { amount: 100, transaction: paid });
    standIn.failRequests(orderId, 'server-error', 1);
    const before = standIn.countRequests(orderId);
    expect(await ask()).toMatchObject({ kind: 'retry' });
    expect(await ask()).toMatchObject({ kind: 'answer' });
    expect(standIn.countRequests(orderId) - before).toBe(3);
  });

  it.each([
    ['paid less', 100, 99.99],
    ['paid nothing readable', 100, 'all of it'],
    ['ordered nothing readable', 'much', 'much'],
  ])('does not believe a success where someone %s', async (_, amount, sum) => {
    standIn.setOrder(orderId, { amount, transaction: { ...paid, status: 'SUCCESS', paid: sum } });
    expect(await ask()).toEqual({ kind: 'final', reason: 'amount' });
  });

  it('takes amounts for what they are worth, not for how they are written', async () => {
    standIn.setOrder(orderId, { amount: '100.00', transaction: { ...paid, paid: 100 } });
    expect(await ask()).toMatchObject({ kind: 'answer' });
  });

  it('ends where it is not let in, or the order is not known', async () => {
    standIn.setOrder(orderId, { amount: 100, transaction: paid });
    expect(await ask(orderId, { SECRET_KEY: 'wrong' })).toEqual({ kind: 'final', reason: 'status 401' });
    expect(await ask('order_unknown')).toEqual({ kind: 'final', reason: 'status 404' });
  });

  it.each<[string, Record<string, string>]>([
    ['credentials are not configured', { PUBLIC_KEY: '' }],
    ['credentials are not configured', { SECRET_KEY: '' }],
    ['API URL', { API_URL: 'nonsense' }],
    ['API URL', { API_URL: 'http://user:password@127.0.0.1/' }],
    ['API URL', { API_URL: 'file:///etc/' }],
  ])('does not begin: %s', async (reason, changes) => {
    expect(await ask(orderId, changes)).toEqual({ kind: 'final', reason });
  });

  it.each(['.', '..', '', '\ud800'])('never asks for the order %p', async (id) => {
    expect(await ask(id)).toEqual({ kind: 'final', reason: 'order id' });
  });

  it('tries again when nobody is there', async () => {
    const gone = await IppopayFakeApi.start(keys);
    const API_URL = gone.baseUrl;
    await gone.close();
    expect(await ask(orderId, { API_URL })).toEqual({ kind: 'retry', reason: 'network' });
  });

  it('is told what stories tell', async () => {
    const told = STORIES.failure({ ...createStorySubject('ippopay', 's1', new Date(createdAt)), orderId }).at(
      -1,
    )!;
    standIn.applyEvent(told);
    const outcome = await ask();
    if (outcome.kind !== 'answer') throw new Error(outcome.reason);
    const body: unknown = JSON.parse(outcome.raw.toString());
    const receivedAt = new Date('2026-11-23T12:00:00Z');
    const message = {
      raw: outcome.raw,
      body,
      headers: {},
      settings: {},
      provenance: 'fetched',
      mode: 'test',
      receivedAt,
    } as const;
    expect(interpretMessage(ippopayGateway, message).content).toMatchObject({
      kind: 'reports',
      reports: [
        { kind: 'failed', gatewayPaymentId: 'trans_s1', orderId, failure: { code: 'insufficient_funds' } },
      ],
    });
  });
});
