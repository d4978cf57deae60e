import { afterEach, expect, it } from '@jest/globals';
import { Injectable, Module, type Type } from '@nestjs/common';
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
    throw new WarehouseClosedError('the warehouse takes no orders until Monday');
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

it('a handler that fails is shown with the sentence that it says', async () => {
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
