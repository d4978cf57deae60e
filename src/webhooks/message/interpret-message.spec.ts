import { IsIn, IsString } from 'class-validator';
import { describe, expect, it } from '@jest/globals';
import { bareReport } from '../../payments/index.js';
import { createMessage } from '../gateways/evidence.js';
import { fieldOf } from '../gateways/fields/wire-fields.js';
import { type Gateway, UntranslatableError } from '../gateways/gateway.js';
import { interpretMessage } from './interpret-message.js';

const RECEIVED = new Date('2026-01-01T00:00:00Z');

class Item {
  @IsString() payment!: string;
  @IsIn(['paid', 'asked', 'said']) what!: string;
}

/** Its bodies hold several events, each with an id. */
const batches: Gateway = {
  name: 'batches',
  proof: { by: 'hmac', at: { header: 'x' } },
  identify: () => ({ key: 'whole', eventId: null, type: 'batch', issues: [] }),
  eventsIn: ({ body }) => {
    const items = fieldOf(body, 'items');
    if (!Array.isArray(items)) throw new UntranslatableError([{ path: 'items', message: 'must be a list' }]);
    return items.map((item: unknown, at) => {
      const id = fieldOf(item, 'id');
      return { path: `items.${at}`, body: item, key: typeof id === 'string' ? id : null };
    });
  },
  dtoFor: ({ body }) => (fieldOf(body, 'what') === 'said' ? null : Item),
  translate: (dto, { mode, settings }) => {
    const { payment, what } = dto as Item;
    if (what === 'asked') return { kind: 'hint', hint: payment };
    const report = bareReport({
      gatewayPaymentId: payment,
      kind: 'succeeded',
      type: what,
      occurredAt: RECEIVED,
      mode,
    });
    const orderId = settings.ORDER ?? null;
    return {
      kind: 'reports',
      reports: [
        { ...report, orderId },
        { ...report, gatewayPaymentId: `${payment}_2` },
      ],
    };
  },
};

const contentOf = (body: unknown, settings = {}) =>
  interpretMessage(batches, createMessage({ body, receivedAt: RECEIVED, settings })).content;
const paid = (id: string | null, payment: string) => ({ id, payment, what: 'paid' });

describe('a body of several events', () => {
  it('is read event by event, each report known by the key of its event, whatever body it comes in', () => {
    const alone = contentOf({ items: [paid('b', 'p2')] });
    const together = contentOf({ items: [paid('a', 'p1'), { what: 'said' }, paid('b', 'p2')] });
    expect(together).toMatchObject({
      kind: 'reports',
      keys: [
        { event: 'a', suffix: '' },
        { event: 'a', suffix: '#1' },
        { event: 'b', suffix: '' },
        { event: 'b', suffix: '#1' },
      ],
    });
    expect(alone).toMatchObject({
      keys: [
        { event: 'b', suffix: '' },
        { event: 'b', suffix: '#1' },
      ],
    });
  });

  it('knows events without a key by their place', () => {
    expect(contentOf({ items: [paid(null, 'p1'), paid(null, 'p2')] })).toMatchObject({
      keys: ['', '#0.1', '#1', '#1.1'].map((suffix) => ({ event: null, suffix })),
    });
  });

  it('tells an event once that stands in it twice', () => {
    expect(contentOf({ items: [paid('a', 'p1'), paid('a', 'p1')] })).toMatchObject({
      reports: { length: 2 },
    });
  });

  it('processes the good events and says of the others what is wrong, at their paths', () => {
    const content = contentOf({ items: [paid('a', 'p1'), { id: 'b', payment: 1, what: 'paid' }, 7] });
    expect(content).toMatchObject({
      kind: 'reports',
      issues: [{ path: 'items.1.payment' }, { path: 'items.2', message: 'must be an object' }],
    });
    expect(content).toMatchObject({ reports: { length: 2 } });
  });

  it('is invalid where no event is good, ignored where none says anything', () => {
    expect(contentOf({ items: [7] })).toEqual({
      kind: 'invalid',
      issues: [{ path: 'items.0', message: 'must be an object' }],
    });
    expect(contentOf({ items: [{ what: 'said' }] })).toEqual({ kind: 'ignored' });
    expect(contentOf({ items: 7 })).toMatchObject({ kind: 'invalid', issues: [{ path: 'items' }] });
    expect(contentOf({ items: [{ id: 'a', payment: 'o', what: 'asked' }] })).toMatchObject({
      kind: 'invalid',
      issues: [{ path: 'items.0' }],
    });
  });

  it('is read with the settings of the account', () => {
    expect(contentOf({ items: [paid('a', 'p1')] }, { ORDER: 'o1' })).toMatchObject({
      reports: [{ orderId: 'o1' }, {}],
    });
  });
});
