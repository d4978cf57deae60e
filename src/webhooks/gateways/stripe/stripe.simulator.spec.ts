import { describe, expect, it } from '@jest/globals';
import { type StoryEvent } from '../../../simulator/gateway-simulator.js';
import { type InterpretedMessage, interpretMessage } from '../../message/interpret-message.js';
import { createEvidence } from '../evidence.js';
import { verifierOf } from '../verifier.js';
import { stripeGateway } from './stripe.gateway.js';
import { stripeSimulator } from './stripe.simulator.js';

const NOW = new Date('2026-01-01T00:00:00Z');
const SECRET = 'whsec_of_this_test';
const TOLD: Omit<StoryEvent, 'kind'> = {
  paymentId: 'pi_1',
  orderId: 'ord_1',
  eventId: 'evt_1',
  occurredAt: NOW,
  amount: '10000',
  currency: 'EUR',
  customer: { email: 'buyer@example.test', name: 'B. Uyer', phone: '+491510000000' },
  attempt: 2,
};

function read(body: Buffer): InterpretedMessage {
  const parsed: unknown = JSON.parse(body.toString());
  const message = {
    raw: body,
    body: parsed,
    headers: {},
    settings: {},
    provenance: 'received',
    mode: 'live',
  } as const;
  return interpretMessage(stripeGateway, { ...message, receivedAt: NOW });
}

describe("Stripe's simulator", () => {
  it.each([...stripeSimulator.steps])('tells %s so that the gateway reads it back', async (kind) => {
    const body = stripeSimulator.body({ ...TOLD, kind });
    const request = stripeSimulator.sign(body, {
      secret: SECRET,
      now: NOW,
      eventId: 'evt_1',
      account: 'default',
    });
    const { headers, path: url } = request;
    expect(url).toBe('/webhooks/stripe');
    const input = createEvidence({ raw: request.body, headers, url, secrets: [SECRET], now: NOW });
    expect(await verifierOf(stripeGateway).verify(input)).toEqual({ ok: true, secret: 0 });
    const { key, content: says } = read(body);
    expect(key).toBe('evt_1');
    expect(says).toMatchObject({
      kind: 'reports',
      reports: [{ kind, gatewayPaymentId: 'pi_1', currency: 'EUR', occurredAt: NOW }],
    });
  });

  it('tells the order, the customer and what went wrong', () => {
    const body = stripeSimulator.body({ ...TOLD, kind: 'failed', failureCode: 'insufficient_funds' });
    expect(read(body).content).toMatchObject({
      reports: [
        {
          orderId: 'ord_1',
          amount: '10000',
          failure: { code: 'insufficient_funds', attemptId: 'ch_pi_1_2' },
          customer: TOLD.customer,
        },
      ],
    });
  });

  it('tells a refund by its id, or as a running total alone', () => {
    const refund = { ...TOLD, kind: 'refund_created' } as const;
    expect(
      read(stripeSimulator.body({ ...refund, refundId: 're_1', refundAmount: '2500' })).content,
    ).toMatchObject({
      reports: [{ refunds: [{ id: 're_1', amount: '2500', status: 'pending' }], refundedTotal: null }],
    });
    expect(read(stripeSimulator.body({ ...refund, refundedTotal: '2500' })).content).toMatchObject({
      reports: [{ type: 'charge.refunded', refunds: [], refundedTotal: '2500', amountCaptured: '10000' }],
    });
  });

  it('counts as Stripe does: 500 kronur are 50000 on its wire, 500 in our words', () => {
    const body = stripeSimulator.body({ ...TOLD, kind: 'succeeded', amount: '500', currency: 'ISK' });
    expect(body.toString()).toContain('"amount": 50000');
    expect(read(body).content).toMatchObject({ reports: [{ amount: '500', amountCaptured: '500' }] });
  });

  it('writes the same words as the same bytes, and names an account in the path', () => {
    const told = { ...TOLD, kind: 'succeeded' } as const;
    expect(stripeSimulator.body(told)).toEqual(stripeSimulator.body(told));
    const options = { secret: SECRET, now: NOW, eventId: 'evt_1', account: 'eu' };
    expect(stripeSimulator.sign(stripeSimulator.body(told), options).path).toBe('/webhooks/stripe/eu');
  });
});
