import { afterEach, expect, it } from '@jest/globals';
import { Injectable, Logger, Module, type Type } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { OnDomainEvent, type DomainEventHandler } from '../../src/platform/events/index.js';
import { ReportableError } from '../../src/platform/logging/reportable-error.js';
import { PaymentCreated } from '../../src/payments/index.js';
import { deliver, signed, standardBody } from '../support/requests.js';
import { createTestDatabase } from '../support/test-database.js';
import { startTestApp, until, type Json, type TestApp } from '../support/test-app.js';

const opened: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

/** A shop's own error, worded for whoever has to put it right. */
class WarehouseClosedError extends ReportableError {}

@Injectable()
@OnDomainEvent(PaymentCreated, 'pack-on-payment-created')
class Pack implements DomainEventHandler<PaymentCreated> {
  async handle(): Promise<void> {
    throw new WarehouseClosedError('the warehouse takes no orders until Monday\0');
  }
}

async function bootOn(
  databaseUrl: string,
  providers: Type[] = [],
  environment: Record<string, string> = {},
): Promise<TestApp> {
  @Module({ providers })
  class HandlersUnderTest {}
  const app = await startTestApp({ databaseUrl, environment, imports: [HandlersUnderTest] });
  opened.push(() => app.close());
  return app;
}

async function database(): Promise<string> {
  const made = await createTestDatabase();
  opened.push(() => made.drop());
  return made.url;
}

const reasonOf = async (app: TestApp): Promise<string> => {
  await app.quiet();
  return (await app.get<{ items: Json[] }>('/handler-runs?handler=pack-on-payment-created')).items[0].reason;
};

it('a handler that fails is shown with the sentence that it says, without what cannot be stored', async () => {
  const app = await bootOn(await database(), [Pack]);
  await deliver(app, signed('standard', standardBody()));
  expect(await reasonOf(app)).toBe('WarehouseClosedError: the warehouse takes no orders until Monday');
});

it('work of a handler that this version lacks says so', async () => {
  const url = await database();
  const before = await bootOn(url, [Pack]);
  await deliver(before, signed('standard', standardBody()));
  await before.quiet();
  const { items } = await before.get<{ items: Json[] }>('/handler-runs?status=dead');
  await opened.pop()?.();

  const app = await bootOn(url);
  await app.post(`/handler-runs/${items[0].eventId}/pack-on-payment-created/replay`);
  expect(await reasonOf(app)).toBe(
    'UnknownHandlerError: this version has no handler with the id pack-on-payment-created',
  );
});

it('a delivery of an account that is no longer configured says so', async () => {
  const url = await database();
  const before = await bootOn(url);
  const { json } = await deliver(before, signed('standard', standardBody()));
  await before.quiet();
  await opened.pop()?.();

  const app = await bootOn(url, [], { WEBHOOK_SECRETS_STANDARD: '' });
  await app.post(`/deliveries/${json.id}/replay`);
  const dead = await until(async () => {
    const delivery = await app.get<Json>(`/deliveries/${json.id}`);
    return delivery.status === 'dead' ? delivery : undefined;
  }, 'the delivery to be given up');
  expect(dead?.reason).toBe(
    'GatewayNotConfiguredError: its gateway or account is no longer configured: set its WEBHOOK_SECRETS_* again',
  );
});

it('a hint of an account that is no longer configured says so', async () => {
  const url = await database();
  const unreachable = {
    IPPOPAY_PUBLIC_KEY: 'pk_test_1',
    IPPOPAY_SECRET_KEY: 'sk_1',
    IPPOPAY_API_URL: 'http://127.0.0.1:1',
  };
  const before = await bootOn(url, [], unreachable);
  const { json } = await deliver(before, signed('ippopay', { order_id: 'ord_1' }));
  await before.quiet();
  await opened.pop()?.();

  const app = await bootOn(url, [], { WEBHOOK_SECRETS_IPPOPAY: '' });
  await app.post(`/deliveries/${json.id}/replay`);
  const parked = await until(async () => {
    const delivery = await app.get<Json>(`/deliveries/${json.id}`);
    return delivery.status === 'parked' ? delivery : undefined;
  }, 'the hint to be parked');
  expect(parked?.reason).toBe(
    'GatewayNotConfiguredError: its gateway or account is no longer configured: set its WEBHOOK_SECRETS_* again',
  );
});

it('a lease that was lost says so in the log, and the other process does the work', async () => {
  let attempts = 0;
  @Injectable()
  @OnDomainEvent(PaymentCreated, 'pack-on-payment-created')
  class PackSlowly implements DomainEventHandler<PaymentCreated> {
    constructor(private readonly db: DataSource) {}

    async handle(): Promise<void> {
      if (++attempts > 1) return;
      await this.db.query('UPDATE handler_runs SET lease = gen_random_uuid(), leased_until = now()');
    }
  }
  const app = await bootOn(await database(), [PackSlowly]);
  const warnings: unknown[] = [];
  const ignore = (): void => undefined;
  Logger.overrideLogger({ log: ignore, error: ignore, warn: (line: unknown) => warnings.push(line) });
  await deliver(app, signed('standard', standardBody()));
  await app.quiet();
  Logger.overrideLogger(false);
  expect(warnings.map(String).join('\n')).toContain(
    'attempt 1: LeaseLostError: the lease ran out while the work was under way; another process has it now',
  );
  expect(attempts).toBe(2);
});
