import { afterEach, describe, expect, it } from '@jest/globals';
import { Injectable, Module, type Type } from '@nestjs/common';
import { DataSource } from 'typeorm';
import {
  EventPublisher,
  OnDomainEvent,
  type DomainEvent,
  type TransactionHandler,
  type DomainEventHandler,
} from '../../src/platform/events/index.js';
import type { RetryPolicy } from '../../src/platform/jobs/index.js';
import {
  PaymentCreated,
  PaymentReported,
  PaymentSucceeded,
  type PaymentSnapshot,
} from '../../src/payments/index.js';
import { newId } from '../../src/platform/database/new-id.js';
import type { StatsView } from '../../src/operations/monitoring/stats.js';
import { StandardSender } from '../support/standard-sender.js';
import { createTestDatabase } from '../support/test-database.js';
import { startTestApp, until, type TestApp } from '../support/test-app.js';

const opened: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function bootWith(
  providers: Type[],
  retry?: RetryPolicy,
): Promise<{ app: TestApp; shop: StandardSender; db: DataSource }> {
  @Module({ providers })
  class HandlersUnderTest {}
  const app = await startTestApp({ imports: [HandlersUnderTest], retry });
  opened.push(() => app.close());
  return { app, shop: new StandardSender(app.url), db: app.app.get(DataSource) };
}

const runsOf = (db: DataSource, handler: string): Promise<{ status: string; attempts: number }[]> =>
  db.query(`SELECT status, attempts FROM handler_runs WHERE handler = $1 ORDER BY event_id`, [handler]);

const countsOf = async (db: DataSource, ...tables: string[]): Promise<Record<string, number>> =>
  Object.fromEntries(
    await Promise.all(
      tables.map(async (table) => {
        const [row] = await db.query<{ n: number }[]>(`SELECT count(*)::int AS n FROM ${table}`);
        return [table, row?.n ?? -1] as const;
      }),
    ),
  );

const PATIENT: RetryPolicy = { baseMs: 5, capMs: 20, maxAttempts: 1_000 };

describe('a handler in the commit', () => {
  it('that throws takes everything back: the delivery is tried again, and nothing is half done', async () => {
    let broken = true;
    let throws = 0;
    @Injectable()
    @OnDomainEvent(PaymentReported, 'fail-on-payment-reported')
    class Fail implements TransactionHandler<PaymentReported> {
      async handleInTransaction(): Promise<void> {
        if (!broken) return;
        throws++;
        throw new Error('not now');
      }
    }
    const { app, shop, db } = await bootWith([Fail], PATIENT);
    const id = await shop.tell('failed', { payment: 'whole' });
    await until(() => throws >= 2, 'a second try');
    const none = { payments: 0, payment_reports: 0, domain_events: 0, handler_runs: 0, notifications: 0 };
    expect(await countsOf(db, ...Object.keys(none))).toEqual(none);
    expect(await app.get(`/deliveries/${id}`)).toMatchObject({ status: 'pending' });

    broken = false;
    await app.quiet();
    expect(await app.get(`/deliveries/${id}`)).toMatchObject({ status: 'processed' });
    expect(await countsOf(db, ...Object.keys(none))).toEqual({
      payments: 1,
      payment_reports: 1,
      domain_events: 2,
      handler_runs: 0,
      notifications: 1,
    });
  });
});

describe('the payload of an event', () => {
  const received: Record<string, PaymentSnapshot> = {};
  @Injectable()
  @OnDomainEvent(PaymentCreated, 'read-on-payment-created')
  class ReadCreated implements DomainEventHandler<PaymentCreated> {
    async handle({ payload }: PaymentCreated): Promise<void> {
      received['created'] = payload;
    }
  }
  @Injectable()
  @OnDomainEvent(PaymentSucceeded, 'read-on-payment-succeeded')
  class ReadSucceeded implements DomainEventHandler<PaymentSucceeded> {
    async handle({ payload }: PaymentSucceeded): Promise<void> {
      received['succeeded'] = payload;
    }
  }

  it('is whole for every handler, and stored once for all events of a cause', async () => {
    const { app, shop, db } = await bootWith([ReadCreated, ReadSucceeded]);
    await shop.tell('completed', { payment: 'paid' });
    await app.quiet();
    const { paymentId, ...payload } = received['created'] as PaymentSnapshot;
    expect(received['succeeded']).toEqual({ paymentId, ...payload });
    const [payment] = (await app.get('/payments?gatewayPaymentId=paid')).items;
    expect({ paymentId, ...payload }).toEqual({
      paymentId: payment.id,
      ...{ gateway: 'standard', account: 'default', gatewayPaymentId: 'paid', gatewayOrderId: null },
      ...{ orderId: payment.orderId, merchant: null, mode: 'live', state: 'succeeded', status: 'succeeded' },
      ...{ currency: payment.currency, amount: payment.amount, amountCaptured: payment.amountCaptured },
      ...{ amountRefunded: '0', amountDisputed: '0', amountReversed: '0', fee: null, failure: null },
      occurredAt: payment.createdAt,
    });
    expect(await db.query(`SELECT name, payload IS NULL AS shared FROM domain_events ORDER BY id`)).toEqual([
      { name: 'payment.created', shared: true },
      { name: 'payment.succeeded', shared: false },
    ]);
  });

  it('is whole where the event that would hold it was published before', async () => {
    const { app, db } = await bootWith([ReadCreated, ReadSucceeded]);
    const [subject, cause] = [newId(), newId()];
    const payload = { ...received['created'], paymentId: subject } as PaymentSnapshot;
    const publish = (events: DomainEvent<object>[]): Promise<void> =>
      db.transaction((manager) => app.app.get(EventPublisher, { strict: false }).publish(manager, events));
    await publish([new PaymentSucceeded(subject, cause, payload)]);
    await publish([
      new PaymentCreated(subject, cause, payload),
      new PaymentSucceeded(subject, cause, payload),
    ]);
    await app.quiet();
    expect(received['created']).toEqual(payload);
  });
});

describe('a handler', () => {
  it('that throws is tried again alone, and its writes count once', async () => {
    const calls = { stumbling: 0, steady: 0 };
    @Injectable()
    @OnDomainEvent(PaymentCreated, 'stumble-on-payment-created')
    class Stumble implements DomainEventHandler<PaymentCreated> {
      async handle(
        event: PaymentCreated,
        manager: Parameters<DomainEventHandler<PaymentCreated>['handle']>[1],
      ): Promise<void> {
        await manager.query(`INSERT INTO refusal_counts (gateway, reason, count) VALUES ($1, $2, 1)`, [
          event.payload.gateway,
          event.payload.gatewayPaymentId,
        ]);
        if (++calls.stumbling <= 2) throw new Error('tripped');
      }
    }
    @Injectable()
    @OnDomainEvent(PaymentCreated, 'walk-on-payment-created')
    class Walk implements DomainEventHandler<PaymentCreated> {
      async handle(): Promise<void> {
        calls.steady++;
      }
    }
    const { app, shop, db } = await bootWith([Stumble, Walk]);
    await shop.tell('created', { payment: 'walked' });
    await app.quiet();
    expect(calls).toEqual({ stumbling: 3, steady: 1 });
    expect(await countsOf(db, 'handler_runs')).toEqual({ handler_runs: 0 });
    expect(await countsOf(db, 'refusal_counts')).toEqual({ refusal_counts: 1 });
  });

  it('that never succeeds is dead after the limit, and counted', async () => {
    let calls = 0;
    @Injectable()
    @OnDomainEvent(PaymentCreated, 'fall-on-payment-created')
    class Fall implements DomainEventHandler<PaymentCreated> {
      async handle(): Promise<void> {
        calls++;
        throw new RangeError('asha@example.com');
      }
    }
    const { app, shop, db } = await bootWith([Fall], { baseMs: 1, capMs: 1, maxAttempts: 3 });
    await shop.tell('created', { payment: 'fallen' });
    await app.quiet();
    expect(calls).toBe(3);
    expect(await runsOf(db, 'fall-on-payment-created')).toEqual([{ status: 'dead', attempts: 3 }]);
    expect(await app.get('/stats')).toMatchObject({ handlers: { pending: 0, dead: 1 }, quiet: true });
    expect(await db.query(`SELECT last_error FROM handler_runs`)).toEqual([{ last_error: 'RangeError' }]);
  });

  it('that hangs, on however many events, delays no other handler and no acknowledgement (pain 12)', async () => {
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const welcomed = new Set<string>();
    let hanging = 0;
    @Injectable()
    @OnDomainEvent(PaymentCreated, 'hang-on-payment-created')
    class Hang implements DomainEventHandler<PaymentCreated> {
      async handle(): Promise<void> {
        hanging++;
        await released;
      }
    }
    @Injectable()
    @OnDomainEvent(PaymentSucceeded, 'welcome-on-payment-succeeded')
    class Welcome implements DomainEventHandler<PaymentSucceeded> {
      async handle({ payload }: PaymentSucceeded): Promise<void> {
        welcomed.add(payload.gatewayPaymentId);
      }
    }
    const { app, shop, db } = await bootWith([Hang, Welcome]);
    opened.push(async () => release());
    // More than the service has connections.
    const payments = Array.from({ length: 40 }, (_, at) => `hung_${at}`);
    await Promise.all(payments.map((payment) => shop.tell('created', { payment, at: 1 })));
    await until(() => hanging > 0, 'the handler to hang');
    await Promise.all(payments.map((payment) => shop.tell('completed', { payment, at: 2 })));
    await until(() => welcomed.size === payments.length, 'the other handler to be done');
    await until(
      async () => (await app.get<StatsView>('/stats')).handlers.pending === payments.length,
      'only what hangs to be left',
    );
    expect(await app.get('/stats')).toMatchObject({ deliveries: { pending: 0 }, handlers: { dead: 0 } });
    release();
    await app.quiet();
    expect(hanging).toBe(payments.length);
    expect(await runsOf(db, 'hang-on-payment-created')).toEqual([]);
  });
});

describe('wrong wiring', () => {
  it('stops the start, and says what to do', async () => {
    @Injectable()
    @OnDomainEvent(PaymentCreated, 'alert-customer-on-payment-failed')
    class Impostor implements DomainEventHandler<PaymentCreated> {
      async handle(): Promise<void> {}
    }
    @Module({ providers: [Impostor] })
    class Wrong {}
    const database = await createTestDatabase();
    opened.push(() => database.drop());
    await expect(startTestApp({ databaseUrl: database.url, imports: [Wrong] })).rejects.toThrow(
      /(Impostor and AlertCustomerOnPaymentFailedHandler|AlertCustomerOnPaymentFailedHandler and Impostor) have the same handler id "alert-customer-on-payment-failed": rename one of them\./,
    );
  });
});
