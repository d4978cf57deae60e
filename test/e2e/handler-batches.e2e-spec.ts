import { afterEach, describe, expect, it } from '@jest/globals';
import { Injectable, Module, type Type } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { OnDomainEvent, type DomainEventHandler } from '../../src/platform/events/index.js';
import { PaymentCreated, PaymentSucceeded } from '../../src/payments/index.js';
import { StandardSender } from '../support/standard-sender.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function appWith(handler: Type): Promise<TestApp> {
  @Module({ providers: [handler] })
  class HandlerUnderTest {}
  const app = await startTestApp({ imports: [HandlerUnderTest] });
  opened.push(() => app.close());
  return app;
}

/** Boots with the handler, tells of many payments at once, and waits until nobody owes anything. */
async function tellMany(handler: Type, payments: readonly string[]): Promise<TestApp> {
  const app = await appWith(handler);
  const shop = new StandardSender(app.url);
  await Promise.all(payments.map((payment) => shop.tell('created', { payment })));
  await app.quiet();
  return app;
}

/** An effect in the database: counted there as often as it was committed. */
const writeDown = (manager: EntityManager, { payload }: PaymentCreated): Promise<unknown> =>
  manager.query(`INSERT INTO refusal_counts (gateway, reason, count) VALUES ('effect', $1, 1)`, [
    payload.gatewayPaymentId,
  ]);

const effectsOf = async (app: TestApp): Promise<string[]> => {
  const rows = await app.app
    .get(DataSource)
    .query<{ reason: string }[]>(
      `SELECT reason FROM refusal_counts WHERE gateway = 'effect' ORDER BY reason COLLATE "C"`,
    );
  return rows.map((row) => row.reason);
};

const PAYMENTS = Array.from({ length: 30 }, (_, at) => `many_${at}`);
const ALL = [...PAYMENTS].sort();

describe('a handler that takes many events at a time', () => {
  it('hears of every event once, in batches, and owes nothing afterwards', async () => {
    const alone: string[] = [];
    @Injectable()
    @OnDomainEvent(PaymentCreated, 'count-on-payment-created')
    class Count implements DomainEventHandler<PaymentCreated> {
      async handle({ payload }: PaymentCreated): Promise<void> {
        alone.push(payload.gatewayPaymentId);
      }

      async handleBatchInTransaction(
        events: readonly PaymentCreated[],
        manager: EntityManager,
      ): Promise<PaymentCreated[]> {
        for (const event of events) await writeDown(manager, event);
        return [];
      }
    }
    const app = await tellMany(Count, PAYMENTS);
    expect(await effectsOf(app)).toEqual(ALL);
    expect(alone).toEqual([]);
    expect(await app.get('/stats')).toMatchObject({ handlers: { pending: 0, dead: 0 } });
  });

  it('leaves what it cannot do together to one by one', async () => {
    const alone: string[] = [];
    @Injectable()
    @OnDomainEvent(PaymentCreated, 'sort-on-payment-created')
    class Sort implements DomainEventHandler<PaymentCreated> {
      async handle(event: PaymentCreated, manager: EntityManager): Promise<void> {
        alone.push(event.payload.gatewayPaymentId);
        await writeDown(manager, event);
      }

      async handleBatchInTransaction(
        events: readonly PaymentCreated[],
        manager: EntityManager,
      ): Promise<PaymentCreated[]> {
        const odd = events.filter(({ payload }) => payload.gatewayPaymentId.endsWith('7'));
        for (const event of events.filter((one) => !odd.includes(one))) await writeDown(manager, event);
        return odd;
      }
    }
    const app = await tellMany(Sort, PAYMENTS);
    expect(await effectsOf(app)).toEqual(ALL);
    expect(alone.sort()).toEqual(['many_17', 'many_27', 'many_7']);
  });

  it('of several events gets those of one commit together, and each as its own class', async () => {
    const batches: string[][] = [];
    const alone: object[] = [];
    @Injectable()
    @OnDomainEvent([PaymentCreated, PaymentSucceeded], 'follow-payment')
    class Follow implements DomainEventHandler<PaymentCreated | PaymentSucceeded> {
      async handle(event: PaymentCreated | PaymentSucceeded): Promise<void> {
        alone.push(event);
      }

      async handleBatchInTransaction(
        events: readonly (PaymentCreated | PaymentSucceeded)[],
      ): Promise<readonly (PaymentCreated | PaymentSucceeded)[]> {
        batches.push(events.map((event) => event.constructor.name));
        return events;
      }
    }
    const app = await appWith(Follow);
    await new StandardSender(app.url).tell('succeeded', { payment: 'both' });
    await app.quiet();
    expect(batches).toEqual([['PaymentCreated', 'PaymentSucceeded']]);
    expect(alone.map((event) => event.constructor).toSorted()).toEqual(
      [PaymentCreated, PaymentSucceeded].toSorted(),
    );
  });

  it('that fails together takes all of it back; the poisoned event then fails alone (pain 2)', async () => {
    @Injectable()
    @OnDomainEvent(PaymentCreated, 'choke-on-payment-created')
    class Choke implements DomainEventHandler<PaymentCreated> {
      async handle(event: PaymentCreated, manager: EntityManager): Promise<void> {
        await writeDown(manager, event);
        if (event.payload.gatewayPaymentId === 'many_5') throw new RangeError('poisoned');
      }

      async handleBatchInTransaction(
        events: readonly PaymentCreated[],
        manager: EntityManager,
      ): Promise<PaymentCreated[]> {
        for (const event of events) await this.handle(event, manager);
        return [];
      }
    }
    const app = await tellMany(Choke, PAYMENTS);
    expect(await effectsOf(app)).toEqual(ALL.filter((payment) => payment !== 'many_5'));
    expect(await app.get('/stats')).toMatchObject({ handlers: { pending: 0, dead: 1 } });
  });
});
