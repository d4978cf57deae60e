import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Body, Controller, Injectable, Module, Post, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { TypeOrmModule } from '@nestjs/typeorm';
import {
  Column,
  DataSource,
  DefaultNamingStrategy,
  Entity,
  type EntityManager,
  type MigrationInterface,
  PrimaryColumn,
  type QueryRunner,
} from 'typeorm';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions.js';
import type { Gateway } from '../../src/webhooks/gateways/index.js';
import { Problem } from '../../src/platform/http/problem.js';
import type { DeliveryFilter } from '../../src/webhooks/index.js';
import { configurePayhook } from '../../src/app/embedding/configure-payhook.js';
import { PayhookModule } from '../../src/app/embedding/payhook.module.js';
import type { PayhookExtras, PayhookOptions } from '../../src/app/embedding/payhook.options.js';
import { PayhookService } from '../../src/app/embedding/payhook.service.js';
import { entities } from '../../src/schema/entities.js';
import { migrations } from '../../src/schema/migrations/index.js';
import { type DomainEventHandler, OnDomainEvent } from '../../src/platform/events/index.js';
import { PaymentSucceeded } from '../../src/payments/index.js';
import { PigeonChannel } from '../extending/pigeon.channel.js';
import { toyGateway, toyRequest } from '../extending/toy.gateway.js';
import { API_KEY, SECRETS, until } from '../support/test-app.js';
import { createTestDatabase } from '../support/test-database.js';

const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

@Entity('invoices')
class Invoice {
  @PrimaryColumn({ type: 'text' }) order!: string;
  @Column({ type: 'text' }) payment!: string;
}

class Invoices1700000000000 implements MigrationInterface {
  name = 'Invoices1700000000000';
  async up(db: QueryRunner): Promise<void> {
    await db.query(`CREATE TABLE invoices ("order" text PRIMARY KEY, payment text NOT NULL)`);
  }
  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE invoices');
  }
}

/** The host's own work: it counts once, however often it runs. */
@Injectable()
@OnDomainEvent(PaymentSucceeded, 'settle-invoice-on-payment-succeeded')
class SettleInvoiceHandler implements DomainEventHandler<PaymentSucceeded> {
  static failures = 0;

  async handle({ payload }: PaymentSucceeded, manager: EntityManager): Promise<void> {
    await manager.insert(Invoice, { order: payload.orderId ?? '', payment: payload.paymentId });
    if (SettleInvoiceHandler.failures-- > 0) throw new Error('after the write');
  }
}

@Controller('payments')
class HostController {
  @Post('payhook/webhooks/:id')
  echoOfHook(@Body() body: unknown): unknown {
    return { hook: body };
  }

  @Post()
  echo(@Body() body: unknown): unknown {
    return { host: body };
  }
}

const SECRET = 'toy-secret-0123456789-0123456789-0123456789';
const settings = (databaseUrl?: string): Record<string, string> => ({
  NODE_ENV: 'test',
  API_KEYS: `ops:${API_KEY}`,
  WEBHOOK_SECRETS_STANDARD: SECRETS.standard,
  WEBHOOK_SECRETS_TOY: SECRET,
  ALERT_SETTLE_SECONDS: '0',
  ...(databaseUrl && { DATABASE_URL: databaseUrl }),
});

interface HostOptions {
  database?: Partial<PostgresDataSourceOptions> | null;
  payhook?: Partial<PayhookExtras & PayhookOptions>;
  /** Another host's database, on which this one works too. */
  databaseUrl?: string;
  role?: string;
  configure?: (app: NestExpressApplication) => void;
}

async function startHost({
  database = {},
  payhook = {},
  configure = configurePayhook,
  databaseUrl,
  role = 'all',
}: HostOptions = {}) {
  const server = databaseUrl === undefined ? await createTestDatabase() : null;
  const url = databaseUrl ?? server?.url ?? '';
  if (server !== null) opened.push(() => server.drop());
  const typeOrm =
    database === null
      ? []
      : [
          TypeOrmModule.forRoot({
            type: 'postgres',
            url,
            entities: [...entities, Invoice],
            migrations: [...migrations, Invoices1700000000000],
            migrationsRun: true,
            migrationsTransactionMode: 'each',
            ...database,
          }),
        ];
  @Module({
    imports: [
      ...typeOrm,
      PayhookModule.forRootAsync({
        useFactory: () => ({
          settings: { ...settings(database === null ? url : undefined), ROLE: role },
          schema: payhook.schema,
        }),
        gateways: [toyGateway],
        handlers: [SettleInvoiceHandler],
        ...(database !== null && { dataSource: 'default' }),
        ...payhook,
      }),
    ],
    controllers: [HostController],
  })
  class HostModule {}
  const app = await NestFactory.create<NestExpressApplication>(HostModule as Type, {
    logger: false,
    abortOnError: false,
  });
  opened.push(() => app.close());
  configure(app);
  app.setGlobalPrefix('api');
  await app.listen(0, '127.0.0.1');
  return {
    app,
    url: `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`,
    databaseUrl: url,
  };
}

const event = (nth: number): object => ({
  payment: `toy_${nth}`,
  order: `T-${nth}`,
  happened: 'paid',
  at: new Date(Date.now() - 60_000).toISOString(),
  cents: '1250',
  buyer: `buyer-${nth}@example.com`,
});

describe('Payhook in a host’s application', () => {
  it('takes webhooks as they were received, and a handler writes a host’s table in the commit', async () => {
    const { app, url } = await startHost();
    SettleInvoiceHandler.failures = 1;
    const signed = toyRequest(SECRET, { batch: 'b_1', events: [event(1)] });
    const answer = await fetch(`${url}/api/payhook/webhooks/toy`, signed);
    expect([answer.status, await answer.text()]).toEqual([200, '[toys received]']);
    const payhook = app.get(PayhookService);
    await until(async () => (await payhook.stats()).quiet, 'nothing to be pending', 15_000);
    const { items } = await payhook.payments({ gateway: 'toy', limit: 1 });
    expect(items).toMatchObject([{ gatewayPaymentId: 'toy_1', state: 'succeeded' }]);
    expect(await app.get(DataSource).getRepository(Invoice).find()).toEqual([
      { order: 'T-1', payment: items[0]?.id },
    ]);
    const json = { method: 'POST', body: '{"a":1}', headers: { 'content-type': 'application/json' } };
    expect(await (await fetch(`${url}/api/payments`, json)).json()).toEqual({ host: { a: 1 } });
    const hook = await fetch(`${url}/api/payments/payhook/webhooks/7`, json);
    expect(await hook.json()).toEqual({ hook: { a: 1 } });
    for (const nothing of [{}, { status: undefined }, { from: null }, { status: '' }])
      await expect(payhook.replayDeliveries(nothing as DeliveryFilter)).rejects.toBeInstanceOf(Problem);
    expect(await payhook.replayDeliveries({ gateway: 'toy' })).toBe(1);
    const refused = await fetch(`${url}/api/payhook/payments`);
    expect([refused.status, refused.headers.get('content-type')]).toEqual([
      401,
      'application/problem+json; charset=utf-8',
    ]);
  });

  it('opens a database of its own where the host shares none', async () => {
    const { app, url } = await startHost({ database: null, payhook: { schema: 'payhook', handlers: [] } });
    const signed = toyRequest(SECRET, { batch: 'b_1', events: [event(1)] });
    expect((await fetch(`${url}/api/payhook/webhooks/toy`, signed)).status).toBe(200);
    await until(async () => (await app.get(PayhookService).stats()).quiet, 'nothing to be pending');
    const [row] = await app.get(DataSource).query('SELECT count(*)::integer AS n FROM payhook.payments');
    expect(row).toEqual({ n: 1 });
  });
});

describe('a host of one role', () => {
  it('takes webhooks, and another one works on them and has no route of Payhook but health and metrics', async () => {
    const intake = await startHost({ role: 'intake' });
    const signed = toyRequest(SECRET, { batch: 'b_1', events: [event(1)] });
    expect((await fetch(`${intake.url}/api/payhook/webhooks/toy`, signed)).status).toBe(200);
    const payhook = intake.app.get(PayhookService);
    expect((await payhook.stats()).deliveries).toMatchObject({ pending: 1 });

    const worker = await startHost({ role: 'worker', databaseUrl: intake.databaseUrl });
    await until(async () => (await payhook.stats()).quiet, 'nothing to be pending');
    expect(await intake.app.get(DataSource).getRepository(Invoice).count()).toBe(1);
    expect((await fetch(`${worker.url}/api/payhook/webhooks/toy`, signed)).status).toBe(404);
    expect((await fetch(`${worker.url}/api/payhook/payments`)).status).toBe(404);
    expect((await fetch(`${worker.url}/api/payhook/health/ready`)).status).toBe(200);
    const json = { method: 'POST', body: '{"a":1}', headers: { 'content-type': 'application/json' } };
    expect(await (await fetch(`${worker.url}/api/payments`, json)).json()).toEqual({ host: { a: 1 } });
  });
});

describe('a host that Payhook cannot work in does not start, and is told why', () => {
  class OwnNames extends DefaultNamingStrategy {}
  it.each<[string, HostOptions, RegExp]>([
    ['synchronize', { database: { synchronize: true } }, /must not have synchronize: true/],
    [
      'a naming strategy',
      { database: { namingStrategy: new OwnNames(), migrationsRun: false } },
      /naming strategy \(OwnNames\)/,
    ],
    ['an entityPrefix', { database: { entityPrefix: 'app_' } }, /entityPrefix \("app_"\)/],
    [
      'no migrations',
      { database: { migrations: [], migrationsTableName: 'own' } },
      /\d+ migrations .* FirstSchema/,
    ],
    ['no entities', { database: { entities: [] } }, /lacks entities of Payhook: Delivery, /],
    ['another schema', { payhook: { schema: 'other' } }, /found in the schema other/],
    ['no configurePayhook()', { configure: () => undefined }, /call configurePayhook\(app\)/],
    ['a data source of its own', { payhook: { dataSource: null } }, /cannot tell them apart/],
    [
      'two channels of one name',
      { payhook: { channels: [new PigeonChannel(), new PigeonChannel()] } },
      /the channel name "pigeon" is taken/,
    ],
    [
      'a taken name',
      { payhook: { gateways: [Object.create(toyGateway, { name: { value: 'stripe' } }) as Gateway] } },
      /"stripe" is taken/,
    ],
  ])('%s', async (_name, options, sentence) => {
    await expect(startHost(options)).rejects.toThrow(sentence);
  });
});
