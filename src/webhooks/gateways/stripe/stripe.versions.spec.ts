import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { bareReport, type PaymentReport } from '../../../payments/index.js';
import { type InterpretedMessage, interpretMessage } from '../../message/interpret-message.js';
import { stripeGateway } from './stripe.gateway.js';

const RECEIVED = new Date('2026-01-01T01:00:00Z');

interface Event {
  [field: string]: unknown;
  data: { object: Record<string, unknown> };
}
const fixture = (name: string): Event =>
  JSON.parse(readFileSync(`test/fixtures/stripe/${name}.json`, 'utf8')) as Event;

const read = (body: unknown): InterpretedMessage =>
  interpretMessage(stripeGateway, {
    raw: Buffer.from(JSON.stringify(body)),
    body,
    headers: {},
    settings: {},
    provenance: 'received',
    mode: 'live',
    receivedAt: RECEIVED,
  });

function reportOf(body: unknown): PaymentReport {
  const { content: says } = read(body);
  if (says.kind !== 'reports' || !says.reports[0]) throw new Error(`no report: ${JSON.stringify(says)}`);
  return says.reports[0];
}

const at = (seconds: number) => new Date(seconds * 1000);
const EUR = { currency: 'EUR', amount: '2599', mode: 'live', orderId: 'ORDER-1001' } as const;
const ERIKA = {
  id: 'cus_1',
  email: 'card.holder@example.test',
  name: 'Erika Muster',
  phone: null,
  locale: null,
};
const DECLINED = { code: 'insufficient_funds', message: 'Your card has insufficient funds.' };

describe("Stripe's bodies, of the oldest and the newest version read (pain 21)", () => {
  it.each<[string, Partial<PaymentReport>]>([
    [
      '2020-08-27.payment_intent.payment_failed',
      {
        ...EUR,
        gatewayPaymentId: 'pi_old_1',
        kind: 'failed',
        occurredAt: at(1767225600),
        customer: ERIKA,
        failure: { ...DECLINED, attemptId: 'ch_old_1' },
      },
    ],
    [
      '2026-10-28.payment_intent.payment_failed',
      {
        ...EUR,
        gatewayPaymentId: 'pi_new_1',
        kind: 'failed',
        occurredAt: at(1767225600),
        customer: { ...ERIKA, email: 'buyer@example.test' },
        failure: { ...DECLINED, attemptId: 'ch_new_1' },
      },
    ],
    [
      '2020-08-27.payment_intent.succeeded',
      {
        ...EUR,
        gatewayPaymentId: 'pi_old_1',
        kind: 'succeeded',
        occurredAt: at(1767225700),
        amountCaptured: '2599',
        customer: ERIKA,
      },
    ],
    [
      '2026-10-28.payment_intent.succeeded',
      {
        ...EUR,
        gatewayPaymentId: 'pi_new_1',
        kind: 'succeeded',
        occurredAt: at(1767225700),
        amountCaptured: '2599',
        customer: { ...ERIKA, email: 'buyer@example.test', name: null },
      },
    ],
    [
      '2020-08-27.charge.refunded',
      {
        ...EUR,
        gatewayPaymentId: 'pi_old_1',
        kind: 'refund_created',
        occurredAt: at(1767225800),
        amountCaptured: '2599',
        refundedTotal: '599',
        refunds: [
          { id: 're_old', amount: '599', status: 'succeeded', createdAt: at(1767225790), mayBeRelease: true },
        ],
        customer: ERIKA,
      },
    ],
    [
      '2026-10-28.charge.refunded',
      {
        ...EUR,
        gatewayPaymentId: 'pi_new_1',
        kind: 'refund_created',
        occurredAt: at(1767225800),
        amountCaptured: '2599',
        refundedTotal: '599',
        customer: ERIKA,
      },
    ],
    [
      '2020-08-27.charge.refund.updated',
      {
        currency: 'EUR',
        mode: 'live',
        gatewayPaymentId: 'pi_old_1',
        kind: 'refund_failed',
        occurredAt: at(1767225900),
        refunds: [
          { id: 're_old', amount: '599', status: 'failed', createdAt: at(1767225790), mayBeRelease: true },
        ],
      },
    ],
    [
      '2026-10-28.refund.created',
      {
        currency: 'EUR',
        mode: 'live',
        gatewayPaymentId: 'pi_new_1',
        kind: 'refund_created',
        occurredAt: at(1767225790),
        refunds: [
          { id: 're_new', amount: '599', status: 'pending', createdAt: at(1767225790), mayBeRelease: true },
        ],
      },
    ],
    [
      '2020-08-27.charge.dispute.created',
      {
        currency: 'EUR',
        mode: 'live',
        gatewayPaymentId: 'pi_old_1',
        kind: 'dispute_opened',
        occurredAt: at(1767226000),
        dispute: {
          id: 'dp_old',
          amount: '2599',
          currency: 'EUR',
          status: 'open',
          reason: 'product_not_received',
        },
      },
    ],
    [
      '2026-10-28.charge.dispute.closed',
      {
        currency: 'EUR',
        mode: 'live',
        gatewayPaymentId: 'pi_new_1',
        kind: 'dispute_lost',
        occurredAt: at(1767227000),
        dispute: {
          id: 'dp_new',
          amount: '2599',
          currency: 'EUR',
          status: 'lost',
          reason: 'product_not_received',
        },
      },
    ],
    [
      '2020-08-27.checkout.session.completed',
      {
        ...EUR,
        mode: 'test',
        gatewayPaymentId: 'pi_old_1',
        kind: 'succeeded',
        occurredAt: at(1767225701),
        customer: { id: null, email: 'buyer@example.test', phone: '+491510000000', name: null, locale: null },
      },
    ],
    [
      '2026-10-28.checkout.session.completed',
      {
        ...EUR,
        mode: 'test',
        gatewayPaymentId: 'pi_new_1',
        kind: 'succeeded',
        occurredAt: at(1767225701),
        customer: {
          id: null,
          email: 'buyer@example.test',
          phone: '+491510000000',
          name: 'Erika Muster',
          locale: 'de',
        },
      },
    ],
  ])('%s', (name, told) => {
    const type = name.slice('2020-08-27.'.length);
    expect(reportOf(fixture(name))).toEqual(bareReport({ ...(told as PaymentReport), type }));
  });
});
