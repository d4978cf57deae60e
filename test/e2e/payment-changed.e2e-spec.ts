import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import { PaymentChanged, type PaymentOrder, type ReportedKind } from '../../src/payments/index.js';
import { OnDomainEvent, type TransactionHandler } from '../../src/platform/events/index.js';
import { StandardSender } from '../support/standard-sender.js';
import { freshId } from '../support/requests.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const seen: { previousOrder: PaymentOrder | null; reported: readonly ReportedKind[]; silent: boolean }[] = [];

@Injectable()
@OnDomainEvent(PaymentChanged, 'note-on-payment-changed')
class Note implements TransactionHandler<PaymentChanged> {
  async handleInTransaction(events: readonly PaymentChanged[]): Promise<void> {
    seen.push(...events.map(({ payload, silent }) => ({ ...payload, silent })));
    return Promise.resolve();
  }
}

@Module({ providers: [Note] })
class NoteModule {}

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ imports: [NoteModule] });
});
afterAll(() => app.close());
beforeEach(() => void seen.splice(0));

describe('the handlers of a transaction that writes payments', () => {
  it('are told of what no event of its own tells, and the order that the payment left', async () => {
    const sender = new StandardSender(app.url);
    const payment = freshId('pay');
    await sender.tell('completed', { payment, order: 'first' });
    await app.quiet();
    await sender.tell('processing', { payment, order: 'first' });
    await app.quiet();
    await sender.tell('completed', { payment, order: 'second' });
    await app.quiet();
    const left: PaymentOrder = { mode: 'live', merchant: null, orderId: 'first' };
    const told = (kind: ReportedKind['kind'], previousOrder: PaymentOrder | null = null) => ({
      ...{ previousOrder, silent: false, reported: [{ kind, silent: false }] },
    });
    expect(seen).toEqual([told('succeeded'), told('processing'), told('succeeded', left)]);
  });

  it('are not told of a message that was seen before', async () => {
    const sender = new StandardSender(app.url);
    const told = { payment: freshId('pay'), at: 1, id: freshId('msg') };
    await sender.tell('completed', told);
    await sender.tell('completed', told);
    await app.quiet();
    expect(seen).toHaveLength(1);
  });
});
