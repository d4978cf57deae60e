import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { OnDomainEvent, type DomainEventHandler } from '../../src/platform/events/index.js';
import { PaymentSucceeded } from '../../src/payments/index.js';
import { MailCatcher } from '../support/mail-catcher.js';
import { ask, type Heard } from '../support/requests.js';
import { StandardSender } from '../support/standard-sender.js';
import { READ_KEY, startTestApp, type Json, type TestApp } from '../support/test-app.js';

let mail: MailCatcher;
let closing: TestApp | null = null;
beforeAll(async () => {
  mail = await MailCatcher.start();
});
afterEach(async () => {
  await closing?.close();
  closing = null;
});
afterAll(() => mail.stop());

const post = (app: TestApp, path: string, body?: object, key?: string): Promise<Heard> =>
  ask(app, path, { method: 'POST', ...(body && { body: JSON.stringify(body) }) }, key);

describe('dead runs of a handler', () => {
  let broken = true;
  const shipped: string[] = [];

  @Injectable()
  @OnDomainEvent(PaymentSucceeded, 'ship-on-payment-succeeded')
  class Ship implements DomainEventHandler<PaymentSucceeded> {
    async handle({ payload }: PaymentSucceeded, _manager: EntityManager): Promise<void> {
      if (broken) throw new Error('the warehouse is closed');
      shipped.push(payload.gatewayPaymentId);
    }
  }
  @Module({ providers: [Ship] })
  class Shop {}

  it('pains 10, 16, 17: are listed, counted, and taken up one by one and by filter', async () => {
    const app = (closing = await startTestApp({ imports: [Shop] }));
    const shop = new StandardSender(app.url);
    for (const payment of ['one', 'two', 'three']) await shop.tell('completed', { payment });
    await app.quiet();
    expect(await app.get('/stats')).toMatchObject({ handlers: { pending: 0, dead: 3 } });

    const first = await app.get('/handler-runs?status=dead&limit=2');
    const rest = await app.get(`/handler-runs?status=dead&limit=2&cursor=${first.nextCursor}`);
    const dead: Json[] = [...first.items, ...rest.items];
    expect(dead).toHaveLength(3);
    expect(rest.nextCursor).toBeNull();
    expect(dead[0]).toMatchObject({
      event: 'payment.succeeded',
      handler: 'ship-on-payment-succeeded',
      status: 'dead',
      attempts: 4,
      reason: 'Error',
      nextAttemptAt: null,
    });
    const { items } = await app.get(`/payments/?gatewayPaymentId=three`);
    expect(dead[0].subjectId).toBe(items[0].id);
    // What is done is owed no more.
    expect((await app.get('/handler-runs?event=payment.succeeded')).items).toHaveLength(3);

    broken = false;
    const one = `/handler-runs/${dead[0].eventId}/ship-on-payment-succeeded/replay`;
    expect((await post(app, one, undefined, READ_KEY)).status).toBe(403);
    expect(await post(app, one)).toMatchObject({ status: 202, json: { status: 'pending' } });
    await app.quiet();
    expect(shipped).toEqual(['three']);
    // What is done is done: it would have its effect twice.
    expect((await post(app, one)).status).toBe(404);

    const filter = { handler: 'ship-on-payment-succeeded' };
    expect(await post(app, '/handler-runs/replay', { ...filter, dryRun: true })).toMatchObject({
      status: 200,
      json: { runs: 2 },
    });
    expect((await post(app, '/handler-runs/replay', { handler: 'nobody' })).json.runs).toBe(0);
    expect((await post(app, '/handler-runs/replay', filter)).json).toEqual({ runs: 2, status: 'pending' });
    await app.quiet();
    expect([...shipped].sort()).toEqual(['one', 'three', 'two']);
    expect(await app.get('/stats')).toMatchObject({ handlers: { dead: 0 } });
  });

  it('asked for wrongly are refused', async () => {
    const app = (closing = await startTestApp());
    for (const query of ['status=lost', 'cursor=x', 'limit=0', 'since=1'])
      expect((await ask(app, `/handler-runs?${query}`)).status).toBe(400);
    expect((await post(app, '/handler-runs/replay', {})).status).toBe(400);
    expect((await post(app, '/handler-runs/replay', { status: 'done' })).status).toBe(400);
    expect((await post(app, '/handler-runs/nothing/at-all/replay')).status).toBe(404);
  });
});

describe('a dead notification', () => {
  it('pain 19: is sent again when asked, once, and one that is not dead is not', async () => {
    const app = (closing = await startTestApp({ environment: { SMTP_URL: mail.url } }));
    mail.refuse(550, { times: 1 });
    await new StandardSender(app.url).tell('failed', { payment: 'unlucky' });
    await app.quiet();
    const { items } = await app.get('/notifications?status=dead');
    expect(items).toHaveLength(1);
    const again = `/notifications/${items[0].id}/resend`;
    expect((await post(app, again, undefined, READ_KEY)).status).toBe(403);
    expect(await post(app, again)).toMatchObject({ status: 202, json: { status: 'pending' } });
    await app.quiet();
    expect(mail.sentTo('unlucky@example.com')).toHaveLength(1);
    expect((await post(app, again)).status).toBe(409);
    expect((await post(app, '/notifications/nothing/resend')).status).toBe(404);
    await app.quiet();
    expect(mail.sentTo('unlucky@example.com')).toHaveLength(1);
  });

  it('of a payment that has succeeded meanwhile is checked again, and kept', async () => {
    const app = (closing = await startTestApp({ environment: { SMTP_URL: mail.url } }));
    mail.refuse(550, { times: 1 });
    const shop = new StandardSender(app.url);
    await shop.tell('failed', { payment: 'late-luck' });
    await app.quiet();
    await shop.tell('completed', { payment: 'late-luck' });
    await app.quiet();
    const { items } = await app.get('/notifications?status=dead');
    await post(app, `/notifications/${items[0].id}/resend`);
    await app.quiet();
    expect(await app.get(`/notifications/${items[0].id}`)).toMatchObject({ status: 'suppressed' });
    expect(mail.sentTo('late-luck@example.com')).toHaveLength(0);
  });
});
