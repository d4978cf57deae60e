import { describe, expect, it } from '@jest/globals';
import { interpretMessage } from '../../message/interpret-message.js';
import { razorpayGateway } from './razorpay.gateway.js';

const RECEIVED = new Date('2026-01-01T00:00:00Z');
const MONEY = { amount: 1000, currency: 'INR' };

function kindOf(event: string, dispute: object = {}): string {
  const payload = {
    payment: { entity: { id: 'pay_1', ...MONEY, status: 'captured', captured: true } },
    order: { entity: { id: 'order_1', receipt: 'ord_1' } },
    refund: { entity: { id: 'rfnd_1', payment_id: 'pay_1', ...MONEY, status: 'processed' } },
    dispute: {
      entity: {
        id: 'disp_1',
        payment_id: 'pay_1',
        ...MONEY,
        status: 'open',
        phase: 'chargeback',
        ...dispute,
      },
    },
  };
  const held = event.startsWith('refund.')
    ? ['refund']
    : event.includes('.dispute.')
      ? ['dispute']
      : ['order', 'payment'];
  const kept = Object.fromEntries(Object.entries(payload).filter(([name]) => held.includes(name)));
  const body = {
    entity: 'event',
    event,
    contains: held,
    payload: kept,
    created_at: RECEIVED.getTime() / 1000,
  };
  const raw = Buffer.from(JSON.stringify(body));
  const message = {
    raw,
    body,
    headers: {},
    settings: {},
    provenance: 'received',
    mode: 'live',
    receivedAt: RECEIVED,
  } as const;
  const { content: says } = interpretMessage(razorpayGateway, message);
  if (says.kind !== 'reports') return says.kind;
  const [report] = says.reports;
  const folded = report?.refunds[0]?.status ?? report?.dispute?.status;
  return `${report?.kind}${folded ? ` (${folded})` : ''}`;
}

describe("what Razorpay's events mean", () => {
  it.each([
    ['payment.failed', 'failed'],
    ['payment.authorized', 'authorized'],
    ['payment.captured', 'succeeded'],
    ['order.paid', 'succeeded'],
    ['payment_link.paid', 'succeeded'],
    ['payment_link.partially_paid', 'succeeded'],
    ['invoice.paid', 'succeeded'],
    ['invoice.partially_paid', 'succeeded'],
    ['subscription.charged', 'succeeded'],
    ['virtual_account.credited', 'succeeded'],
    ['qr_code.credited', 'succeeded'],
    ['payment.pending', 'noted'],
    ['refund.created', 'refund_created (pending)'],
    ['refund.processed', 'refund_succeeded (succeeded)'],
    ['refund.failed', 'refund_failed (failed)'],
    ['refund.speed_changed', 'noted'],
    ['refund.arn_updated', 'noted'],
    ['payment.dispute.created', 'dispute_opened (open)'],
    ['payment.dispute.won', 'dispute_won (won)'],
    ['payment.dispute.lost', 'dispute_lost (lost)'],
    ['payment.dispute.under_review', 'noted'],
    ['payment.dispute.action_required', 'noted'],
    ['payment.dispute.closed', 'noted'],
  ])('%s → %s, whatever the snapshot in it says', (type, meaning) => expect(kindOf(type)).toBe(meaning));

  it.each(['retrieval', 'fraud'])('a dispute in phase %s is an inquiry: noted', (phase) => {
    for (const step of ['created', 'won', 'lost', 'closed']) {
      expect(kindOf(`payment.dispute.${step}`, { phase })).toBe('noted');
    }
  });

  it.each([
    ['chargeback', 'dispute_opened (open)'],
    ['pre_arbitration', 'dispute_opened (open)'],
    ['arbitration', 'dispute_opened (open)'],
    [null, 'dispute_opened (open)'],
  ])('a dispute in phase %s is one', (phase, meaning) => {
    expect(kindOf('payment.dispute.created', { phase })).toBe(meaning);
  });

  it.each([
    'payment.downtime.started',
    'payment.downtime.resolved',
    'payment_link.cancelled',
    'payment_link.expired',
    'order.notification.delivered',
    'invoice.expired',
    'subscription.activated',
    'virtual_account.created',
    'qr_code.closed',
    'settlement.processed',
    'refund',
    'constructor',
  ])('%s says nothing about a payment', (type) => expect(kindOf(type)).toBe('ignored'));

  it.each(['payment_link.partially_paid', 'invoice.paid', 'subscription.charged', 'qr_code.credited'])(
    '%s that carries no payment says nothing about one',
    (event) => {
      const body = { event, created_at: RECEIVED.getTime() / 1000, payload: { payment: null } };
      const message = {
        raw: Buffer.from(''),
        body,
        headers: {},
        mode: 'live',
        receivedAt: RECEIVED,
      } as const;
      const { content: says } = interpretMessage(razorpayGateway, {
        ...message,
        settings: {},
        provenance: 'received',
      });
      expect(says).toEqual({ kind: 'ignored' });
    },
  );
});
