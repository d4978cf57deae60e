import 'reflect-metadata';
import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { configurePayhook, PayhookService } from 'payhook';
import {
  buildStory,
  createStorySubject,
  startPayhook,
  startTestDatabase,
  type StoryEvent,
  type TestDatabase,
  until,
} from 'payhook/testing';
import { DataSource } from 'typeorm';
import { acmeGateway } from '../src/acme.gateway.js';
import { acmeSimulator } from '../src/acme.simulator.js';
import { Invoice } from '../src/invoice.entity.js';
import { ShopModule } from '../src/shop.module.js';
import { TextMessageChannel } from '../src/text-message.channel.js';

const SECRET = 'acme-secret-0123456789-0123456789';
const minuteAgo = (): Date => new Date(Date.now() - 60_000);
const storyOf = (name: 'success' | 'failure', suffix: string): readonly StoryEvent[] => {
  const customer = { email: 'asha@shop.example', name: null, phone: '+14155550100' };
  return buildStory(acmeSimulator, name, { ...createStorySubject('acme', suffix, minuteAgo()), customer });
};

describe('a shop with Payhook in it', () => {
  const channel = new TextMessageChannel();
  let database: TestDatabase;
  let shop: INestApplication;
  let url: string;

  before(async () => {
    database = await startTestDatabase();
    const settings = {
      NODE_ENV: 'test',
      API_KEYS: 'shop:0123456789-0123456789-0123456789',
      WEBHOOK_SECRETS_ACME: SECRET,
      ALERT_SETTLE_SECONDS: '0',
    };
    shop = await NestFactory.create(ShopModule.with({ databaseUrl: database.url, settings, channel }), {
      logger: false,
    });
    configurePayhook(shop);
    await shop.listen(0, '127.0.0.1');
    url = `http://127.0.0.1:${(shop.getHttpServer().address() as AddressInfo).port}`;
  });

  after(async () => {
    await shop?.close();
    await database?.stop();
  });

  async function play(event: StoryEvent, secret = SECRET): Promise<Response> {
    const { path, headers, body } = acmeSimulator.sign(acmeSimulator.body(event), {
      secret,
      now: new Date(),
      eventId: event.eventId,
    });
    const answer = await fetch(`${url}/payhook${path}`, {
      method: 'POST',
      headers,
      body: new Uint8Array(body),
    });
    await until(async () => (await shop.get(PayhookService).stats()).quiet, 'nothing to be pending');
    return answer;
  }

  it('settles an invoice in its own table, once', async () => {
    const [event] = storyOf('success', 's1');
    assert.ok(event);
    assert.equal((await play(event)).status, 200);
    assert.deepEqual(await (await play(event)).json().then(({ status }) => status), 'duplicate');
    const invoices = await shop.get(DataSource).getRepository(Invoice).find();
    assert.deepEqual(
      invoices.map(({ orderId, amount }) => [orderId, amount]),
      [['ord_s1', '10000']],
    );
    const order = await (await fetch(`${url}/orders/ord_s1`)).json();
    assert.deepEqual(order, { orderId: 'ord_s1', payments: ['succeeded'], isSettled: true });
  });

  it('tells a customer of a failed payment by its own channel', async () => {
    for (const event of storyOf('failure', 'f1')) await play(event);
    assert.deepEqual(
      channel.sent.map(({ to }) => to),
      ['+14155550100'],
    );
  });

  it('refuses what is not signed', async () => {
    const [event] = storyOf('success', 's2');
    assert.ok(event);
    const answer = await play(event, 'another-secret-0123456789-01234567');
    assert.equal(answer.status, 401);
    assert.equal(answer.headers.get('content-type'), 'application/problem+json; charset=utf-8');
  });

  it('keeps the body parser of its own routes', async () => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${url}/orders`, { method: 'POST', headers, body: '{"id":"o_1"}' });
    assert.deepEqual(await answer.json(), { placed: { id: 'o_1' } });
  });
});

describe('the service with the shop’s gateway', () => {
  it('processes a story', async () => {
    const payhook = await startPayhook({
      gateways: [acmeGateway],
      settings: { WEBHOOK_SECRETS_ACME: SECRET },
    });
    try {
      for (const event of storyOf('failure', 'f2')) {
        const body = acmeSimulator.body(event);
        const signed = acmeSimulator.sign(body, { secret: SECRET, now: new Date(), eventId: event.eventId });
        const init = { headers: signed.headers, body: new Uint8Array(signed.body) };
        assert.equal((await fetch(payhook.url + signed.path, { method: 'POST', ...init })).status, 200);
      }
      await payhook.quiet();
      const { items } = await payhook.get<{ items: { status: string }[] }>('/payments');
      assert.deepEqual(
        items.map(({ status }) => status),
        ['failed'],
      );
    } finally {
      await payhook.close();
    }
  });
});
