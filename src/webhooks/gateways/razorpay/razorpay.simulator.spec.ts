import { describe, expect, it } from '@jest/globals';
import { type StoryEvent } from '../../../simulator/gateway-simulator.js';
import { type InterpretedMessage, interpretMessage } from '../../message/interpret-message.js';
import { createEvidence } from '../evidence.js';
import { verifierOf } from '../verifier.js';
import { razorpayGateway } from './razorpay.gateway.js';
import { razorpaySimulator } from './razorpay.simulator.js';

const NOW = new Date('2026-01-01T00:00:00Z');
const SECRET = 'secret of this test';
const TOLD: Omit<StoryEvent, 'kind'> = {
  paymentId: 'pay_1',
  orderId: 'ord_1',
  eventId: 'ev_1',
  occurredAt: NOW,
  amount: '10000',
  currency: 'INR',
  customer: { email: 'buyer@example.test', name: 'B. Uyer', phone: '+919876543210' },
  attempt: 1,
};

function read(body: Buffer, headers: Record<string, string> = {}): InterpretedMessage {
  const parsed: unknown = JSON.parse(body.toString());
  const message = {
    raw: body,
    body: parsed,
    headers,
    settings: {},
    provenance: 'received',
    mode: 'live',
  } as const;
  return interpretMessage(razorpayGateway, { ...message, receivedAt: NOW });
}

describe("Razorpay's simulator", () => {
  it.each([...razorpaySimulator.steps])('tells %s so that the gateway reads it back', async (kind) => {
    const request = razorpaySimulator.sign(razorpaySimulator.body({ ...TOLD, kind }), {
      secret: SECRET,
      now: NOW,
      eventId: 'ev_1',
    });
    const { headers, path: url, body: raw } = request;
    expect(url).toBe('/webhooks/razorpay');
    const input = createEvidence({ raw, headers, url, secrets: [SECRET], now: NOW });
    expect(await verifierOf(razorpayGateway).verify(input)).toEqual({ ok: true, secret: 0 });
    const { eventId, content: says } = read(raw, headers);
    expect(eventId).toBe('ev_1');
    expect(says).toMatchObject({
      kind: 'reports',
      reports: [
        { kind, gatewayPaymentId: 'pay_1', currency: 'INR', orderId: 'ord_1', customer: TOLD.customer },
      ],
    });
  });

  it('tells a part refunded with the total so far', () => {
    const body = razorpaySimulator.body({
      ...TOLD,
      kind: 'refund_succeeded',
      refundId: 'rfnd_2',
      refundAmount: '1000',
      refundedTotal: '3500',
    });
    expect(read(body).content).toMatchObject({
      reports: [{ refunds: [{ id: 'rfnd_2', amount: '1000', status: 'succeeded' }], refundedTotal: '3500' }],
    });
  });

  it.each(['created', 'requires_action', 'processing', 'canceled'] as const)(
    'has no event for %s',
    (kind) => {
      expect(razorpaySimulator.steps).not.toContain(kind);
      expect(() => razorpaySimulator.body({ ...TOLD, kind })).toThrow(RangeError);
    },
  );

  it('names an account in the path', () => {
    const options = { secret: SECRET, now: NOW, eventId: 'ev_1', account: 'in_1' };
    const body = razorpaySimulator.body({ ...TOLD, kind: 'succeeded' });
    expect(razorpaySimulator.sign(body, options).path).toBe('/webhooks/razorpay/in_1');
  });
});
