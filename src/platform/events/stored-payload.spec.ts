import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DomainEvent } from './domain-event.js';
import { packPayload, restoreEvent } from './stored-payload.js';

interface Payload {
  orderId: string;
  state: string;
  status: string;
  fee: string | null;
}

class OrderChanged extends DomainEvent<Payload> {
  static override readonly eventName = 'order.changed';
  static override readonly defaults = { fee: null };
  static override readonly copies = { orderId: 'subjectId', status: 'state' };
}

const SUBJECT = 'subject';
const text = fc.constantFrom('subject', 'open', 'paid');

describe('a stored payload', () => {
  it('leaves out defaults, and what equals another field', () => {
    const usual = new OrderChanged(SUBJECT, 'cause', {
      orderId: SUBJECT,
      state: 'open',
      status: 'open',
      fee: null,
    });
    expect(packPayload(usual)).toEqual({ state: 'open' });
    const unusual = { orderId: 'another', state: 'open', status: 'paid', fee: '1' };
    expect(packPayload(new OrderChanged(SUBJECT, 'cause', unusual))).toEqual(unusual);
  });

  it('is whole again for a handler', () => {
    fc.assert(
      fc.property(
        fc.record({ orderId: text, state: text, status: text, fee: fc.option(text) }),
        (payload: Payload) => {
          const event = new OrderChanged(SUBJECT, 'cause', payload);
          const row = { subject_id: SUBJECT, cause_id: 'cause', silent: false, payload: packPayload(event) };
          expect(restoreEvent(OrderChanged, row)).toEqual(event);
        },
      ),
    );
  });

  it('of an earlier version has all fields, and keeps them', () => {
    const payload = { orderId: 'another', state: 'open', status: 'paid', fee: '1' };
    const row = { subject_id: SUBJECT, cause_id: 'cause', silent: true, payload };
    expect(restoreEvent(OrderChanged, row)).toEqual(new OrderChanged(SUBJECT, 'cause', payload, true));
  });
});
