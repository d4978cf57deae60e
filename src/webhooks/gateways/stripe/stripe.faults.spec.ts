import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
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

function faultsOf(body: unknown): string[] {
  const { content: says } = read(body);
  return says.kind === 'invalid' ? says.issues.map(({ path }) => path) : [says.kind];
}

/** A sound event with one object's fields changed. */
const altered = (name: string, fields: object, envelope: object = {}): Event => {
  const event = fixture(name);
  return { ...event, ...envelope, data: { object: { ...event.data.object, ...fields } } };
};

const FAILED = '2026-10-28.payment_intent.payment_failed';
const SUCCEEDED = '2026-10-28.payment_intent.succeeded';
const REFUNDED = '2026-10-28.charge.refunded';
const REFUND = '2026-10-28.refund.created';
const SESSION = '2026-10-28.checkout.session.completed';

describe('what is parked, and at which path', () => {
  it.each([-1, 25.99, '2599', null, 1e30, 1e15 + 1, true, [1]])('an amount of %j', (amount) => {
    expect(faultsOf(altered(SUCCEEDED, { amount }))).toEqual(['data.object.amount']);
    expect(faultsOf(altered(REFUNDED, { amount_refunded: amount }))).toEqual(['data.object.amount_refunded']);
  });

  it.each<[string, object, object, string[]]>([
    [SUCCEEDED, { amount: Number.NaN }, {}, ['data.object.amount']],
    [SUCCEEDED, { amount_received: -1 }, {}, ['data.object.amount_received']],
    [SUCCEEDED, { currency: 'zzz' }, {}, ['data.object.currency']],
    [SUCCEEDED, { currency: 5 }, {}, ['data.object.currency']],
    [SUCCEEDED, { id: '' }, {}, ['data.object.id']],
    [SUCCEEDED, { id: 'pi_é' }, {}, ['data.object.id']],
    [SUCCEEDED, { receipt_email: 5 }, {}, ['data.object.receipt_email']],
    [SUCCEEDED, { latest_charge: {} }, {}, ['data.object.latest_charge']],
    [SUCCEEDED, { metadata: 'x' }, {}, ['data.object.metadata']],
    [SUCCEEDED, {}, { created: undefined }, ['created']],
    [SUCCEEDED, {}, { created: '1767225600' }, ['created']],
    [SUCCEEDED, {}, { created: 1767225600123 }, ['created']],
    [SUCCEEDED, {}, { created: 1 }, ['created']],
    [SUCCEEDED, {}, { created: RECEIVED.getTime() / 1000 + 301 }, ['created']],
    [SUCCEEDED, { currency: 'zzz' }, { created: 1 }, ['created', 'data.object.currency']],
    [SUCCEEDED, {}, { livemode: 'yes' }, ['livemode']],
    [SUCCEEDED, {}, { id: undefined }, ['id']],
    [SUCCEEDED, {}, { id: 'x'.repeat(256) }, ['id']],
    [SUCCEEDED, {}, { id: 7, type: 'x'.repeat(256) }, ['id', 'type']],
    [FAILED, { last_payment_error: { code: 5 } }, {}, ['data.object.last_payment_error.code']],
    [REFUND, { payment_intent: null, charge: null }, {}, ['data.object.payment_intent']],
    [REFUND, { currency: 'isk', amount: 50 }, {}, ['data.object.amount']],
    [REFUND, { created: 1e14 }, {}, ['data.object.created']],
    [SESSION, { payment_intent: 5 }, {}, ['data.object.payment_intent']],
    [SESSION, { payment_status: null }, {}, ['data.object.payment_status']],
  ])('%s %j %j → %j', (name, fields, envelope, paths) => {
    expect(faultsOf(altered(name, fields, envelope))).toEqual(paths);
  });

  it.each([
    [null, '$'],
    [[], '$'],
    ['text', '$'],
    [{ id: 'evt_1', type: 'refund.created', created: 1767225600 }, 'data'],
    [{ id: 'evt_1', type: 'refund.created', created: 1767225600, data: [] }, 'data'],
    [{ id: 'evt_1', type: 'refund.created', created: 1767225600, data: {} }, 'data.object'],
    [{ id: 'evt_1', type: 'refund.created', created: 1767225600, data: { object: 'x' } }, 'data.object'],
  ])('a body of %j', (body, path) => expect(faultsOf(body)).toContain(path));

  it('takes an event five minutes ahead, and one of years ago', () => {
    expect(faultsOf(altered(SUCCEEDED, {}, { created: RECEIVED.getTime() / 1000 + 300 }))).toEqual([
      'reports',
    ]);
    expect(faultsOf(altered(SUCCEEDED, {}, { created: Date.UTC(2000, 0, 1) / 1000 }))).toEqual(['reports']);
  });
});
