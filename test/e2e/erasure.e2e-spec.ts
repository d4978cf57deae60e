import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { DataSource } from 'typeorm';
import type { SignedRequest, StoryEvent } from '../../src/simulator/gateway-simulator.js';
import { columnsHolding, sql } from '../support/every-value.js';
import { IppopayFakeApi } from '../support/ippopay-fake-api.js';
import { MailCatcher } from '../support/mail-catcher.js';
import {
  ask,
  deliver,
  freshId,
  paymentOf,
  signed,
  signedStep,
  standardBody,
  story,
} from '../support/requests.js';
import { READ_KEY, startTestApp, until, type Json, type TestApp } from '../support/test-app.js';

const keys = { publicKey: 'pk_live_1', secretKey: 'sk_live_1' };
const NO_ONE = { id: null, email: null, phone: null, name: null, locale: null };

let standIn: IppopayFakeApi;
let mail: MailCatcher;
let app: TestApp;
beforeAll(async () => {
  standIn = await IppopayFakeApi.start(keys);
  mail = await MailCatcher.start();
  app = await startTestApp({
    environment: {
      SMTP_URL: mail.url,
      MAIL_FROM: 'Shop <pay@shop.example>',
      IPPOPAY_PUBLIC_KEY: keys.publicKey,
      IPPOPAY_SECRET_KEY: keys.secretKey,
      IPPOPAY_API_URL: standIn.baseUrl,
      WEBHOOK_SECRETS_STANDARD__OTHER: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    },
  });
});
afterAll(async () => {
  await app.close();
  await mail.stop();
  await standIn.close();
});

/** Somebody nobody else in the run is. */
function person() {
  const id = freshId('').replaceAll('_', '');
  const digits = id.slice(-10);
  // A mail greets only by what looks like a name: no digits.
  const mark = id.replace(/\d/g, (digit) => 'abcdefghij'[Number(digit)] ?? '');
  return { email: `Asha.${mark}@shop.example`, phone: `+91 ${digits}`, name: `Asha ${mark} Rao` };
}
type Somebody = ReturnType<typeof person>;

const erase = async (customer: string, more: object = {}): Promise<Json> => {
  const heard = await ask(app, '/customers/erase', {
    method: 'POST',
    body: JSON.stringify({ customer, ...more }),
  });
  expect(heard.status).toBe(200);
  return heard.json;
};

async function traces(somebody: Somebody): Promise<string[]> {
  const values = [somebody.email, somebody.phone, somebody.phone.slice(4), somebody.name];
  return (await Promise.all(values.map((value) => columnsHolding(app.databaseUrl, value)))).flat();
}

const failing = (customer: object, changes: object = {}): Json =>
  standardBody({
    status: 'failed',
    failure: { code: 'insufficient_funds', message: `told to ${JSON.stringify(customer)}` },
    customer: { id: freshId('cus'), ...customer },
    ...changes,
  });

it('finds a person whose first report is stored while the reports are searched', async () => {
  const asha = person();
  const { manager } = app.app.get(DataSource);
  const read = manager.query.bind(manager);
  const pages = jest.spyOn(manager, 'query').mockImplementation(async (...given): Promise<Json> => {
    const answer: Json = await read(...given);
    if (!given[0].includes(`told -> 'customer' AS customer FROM`)) return answer;
    pages.mockRestore();
    await deliver(app, signed('standard', standardBody({ customer: asha })));
    await app.quiet();
    return answer;
  });
  expect(await erase(asha.email)).toMatchObject({ payments: 1, reports: 1 });
  expect(await traces(asha)).toEqual([]);
});

describe('a person who asks to be forgotten', () => {
  const asha = person();
  const sent: SignedRequest[] = [];
  const failed = failing(asha);
  const paymentId = failed.data.paymentId as string;
  const stripe = story('stripe', 'success', { customer: asha });
  const razorpay = story('razorpay', 'success', { customer: asha });
  const ippopay = story('ippopay', 'success').at(-1) as StoryEvent;
  const parked = signed('razorpay', { event: 'payment.captured', payload: { email: asha.email } });
  const ignored = signed('standard', {
    event: 'customer.updated',
    data: { who: `<${asha.email}>, ${asha.name}` },
  });
  const invalid = signed('standard', standardBody({ amount: 'much', customer: asha }));
  const hint = signed('ippopay', { order_id: ippopay.orderId, customer: asha });
  let counted: Json;
  let before: Json;

  const send = async (request: SignedRequest): Promise<Json> => {
    sent.push(request);
    return (await deliver(app, request)).json;
  };

  beforeAll(async () => {
    standIn.applyEvent(ippopay);
    await send(signed('standard', failed));
    await send(
      signed('standard', { ...failed, data: { ...failed.data, status: 'processing', failure: undefined } }),
    );
    for (const told of stripe) await send(signedStep('stripe', told));
    for (const told of razorpay) await send(signedStep('razorpay', told));
    for (const request of [parked, ignored, invalid, hint]) await send(request);
    await app.quiet();
    before = await paymentOf(app, paymentId);
  });

  it('is everywhere before', async () => {
    expect(new Set(await traces(asha))).toEqual(
      new Set([
        'deliveries.raw',
        'notifications.html',
        'notifications.recipient',
        'notifications.text',
        'payment_reports.told',
        'payments.customer_email',
        'payments.customer_name',
        'payments.customer_phone',
        'payments.failure',
      ]),
    );
    expect(mail.mails.map(({ to }) => to)).toEqual([[asha.email]]);
  });

  it('is in no column of no table after, and it is told what was cleared', async () => {
    counted = await erase(asha.email.toUpperCase());
    expect(counted).toEqual({
      payments: 4,
      reports: 2 + stripe.length + razorpay.length + 1,
      notifications: 1,
      accounts: 1,
      orders: 0,
      ledger: 0,
      subscriptions: 0,
      deliveries: 2 + stripe.length + razorpay.length + 5,
      refusals: 0,
      pending: 0,
      unreadable: 0,
      ambiguous: [],
    });
    expect(await traces(asha)).toEqual([]);
    for (const customer of [asha.email, asha.phone, failed.data.customer.id])
      expect(await app.get(`/payments?customer=${encodeURIComponent(customer)}`)).toMatchObject({
        items: [],
      });
  });

  it('leaves the money, the codes and the timeline', async () => {
    const { message: _message, ...failure } = before.failure;
    expect(await paymentOf(app, paymentId)).toEqual({
      ...before,
      customer: NO_ONE,
      failure: { ...failure, message: null },
    });
    const { items } = await app.get(`/notifications?paymentId=${before.id}`);
    expect(items).toMatchObject([{ status: 'sent', to: null }]);
  });

  it('does not come back when everything is sent again', async () => {
    for (const request of sent) {
      const heard = await deliver(app, request);
      if (request !== hint) expect(heard).toMatchObject({ status: 200, json: { status: 'duplicate' } });
    }
    await app.quiet();
    expect(await traces(asha)).toEqual([]);
  });

  it('does not come back with what is told later, in order or late, and its money counts', async () => {
    const at = (minutes: number): object => ({
      timestamp: new Date(Date.parse(failed.timestamp) + minutes * 60_000).toISOString(),
    });
    const told = { ...failed.data, failure: undefined };
    await deliver(app, signed('standard', { ...failed, ...at(3), data: { ...told, status: 'completed' } }));
    await app.quiet();
    await deliver(app, signed('standard', { ...failed, ...at(-3), data: { ...told, status: 'processing' } }));
    await app.quiet();
    expect(await paymentOf(app, paymentId)).toMatchObject({ status: 'succeeded', customer: NO_ONE });
    expect((await paymentOf(app, paymentId)).timeline).toHaveLength(4);
    expect(await traces(asha)).toEqual([]);
  });

  it('finds nobody the second time', async () => {
    const nothing = {
      payments: 0,
      reports: 0,
      notifications: 0,
      accounts: 0,
      orders: 0,
      ledger: 0,
      subscriptions: 0,
      deliveries: 0,
      refusals: 0,
      pending: 0,
      unreadable: 0,
      ambiguous: [],
    };
    expect(await erase(asha.email)).toEqual(nothing);
    expect(await erase(person().email)).toEqual(nothing);
  });

  it('cannot be worked on again: the bytes are gone', async () => {
    const { deliveryId } = before.timeline[0];
    expect(await app.get(`/deliveries/${deliveryId}`)).toMatchObject({ body: null, headers: [] });
    const heard = await ask(app, `/deliveries/${deliveryId}/replay`, { method: 'POST' });
    expect(heard).toMatchObject({ status: 409, json: { type: '/problems/payload-gone', status: 409 } });
  });

  it('is not waiting among what is parked any more', async () => {
    const { items } = await app.get('/deliveries?status=parked');
    expect(items).toEqual([]);
  });
});

describe('erasing', () => {
  it('finds a person by an address that only an earlier report told', async () => {
    const [old, current] = [person(), person()];
    const body = failing(old);
    await deliver(app, signed('standard', body));
    await app.quiet();
    const later = { ...body, timestamp: new Date().toISOString(), data: { ...body.data, customer: current } };
    await deliver(app, signed('standard', later));
    await app.quiet();
    expect(await erase(old.email)).toMatchObject({ payments: 1, deliveries: 2 });
    expect(await traces(current)).toEqual([]);
  });

  it.each([
    ['phone', ({ phone }: Somebody) => phone.replace(' ', '-')],
    ['id', (_: Somebody, id: string) => id],
  ])('finds a person by %s, and leaves everyone else', async (_, identifierOf) => {
    const [asha, ravi] = [person(), person()];
    const body = failing(asha);
    await deliver(app, signed('standard', body));
    await deliver(app, signed('standard', failing(ravi)));
    await app.quiet();
    expect(await erase(identifierOf(asha, body.data.customer.id))).toMatchObject({ payments: 1 });
    expect(await traces(asha)).toEqual([]);
    expect(await traces(ravi)).not.toEqual([]);
  });

  it.each([
    ['without the country code', '098765 12301', '+91 98765 12301'],
    ['with 00', '0091 98765-12302', '+919876512302'],
    ['with the trunk zero in brackets', '+91 (0) 98765 12303', '9876512303'],
    ['where it was stored without a country code', '+91 98765 12304', '098765 12304'],
  ])('finds a phone %s', async (_, asked, phone) => {
    const asha = { ...person(), phone };
    await deliver(app, signed('standard', failing(asha)));
    const parked = await deliver(
      app,
      signed('standard', standardBody({ amount: 'much', customer: { phone } })),
    );
    expect(parked.status).toBe(422);
    await app.quiet();
    expect(await erase(asked)).toMatchObject({ payments: 1, deliveries: 2, ambiguous: [] });
    expect(await columnsHolding(app.databaseUrl, phone)).toEqual([]);
  });

  it('leaves alone, and tells, whom a number without a country code may mean as well', async () => {
    const [indian, american] = [failing({ phone: '+91 98765 12399' }), failing({ phone: '+1 987 651 2399' })];
    for (const body of [indian, american]) await deliver(app, signed('standard', body));
    await app.quiet();
    const ids = await Promise.all(
      [indian, american].map(async (body) => (await paymentOf(app, body.data.paymentId)).id as string),
    );
    expect(await erase('098765 12399')).toMatchObject({ payments: 0, ambiguous: ids.sort() });
    expect(await erase('+91 98765 12399')).toMatchObject({ payments: 1, ambiguous: [] });
    expect(await erase('098765 12399')).toMatchObject({ payments: 1, ambiguous: [] });
  });

  it('leaves alone, and tells, another payment of the same customer id', async () => {
    const [asha, id] = [person(), freshId('cus_shared')];
    const [one, other] = [failing({ id, email: asha.email }), failing({ id, email: person().email })];
    for (const body of [one, other]) await deliver(app, signed('standard', body));
    await app.quiet();
    const left = await paymentOf(app, other.data.paymentId);
    expect(await erase(asha.email)).toMatchObject({ payments: 1, ambiguous: [left.id] });
    expect((await paymentOf(app, other.data.paymentId)).customer).toEqual(left.customer);
  });

  it('stays within the gateway and the account that are named', async () => {
    const asha = person();
    await deliver(app, signed('standard', failing(asha)));
    await deliver(app, signed('standard', failing(asha), { account: 'other' }));
    await app.quiet();
    expect(await erase(asha.email, { gateway: 'stripe' })).toMatchObject({ payments: 0, deliveries: 0 });
    expect(await erase(asha.email, { gateway: 'standard', account: 'other' })).toMatchObject({
      payments: 1,
      deliveries: 1,
    });
    expect(await erase(asha.email)).toMatchObject({ payments: 1, deliveries: 1 });
  });

  it('keeps an alert that waits from being sent', async () => {
    const asha = person();
    const waiting = await startTestApp({ environment: { SMTP_URL: mail.url, ALERT_SETTLE_SECONDS: '3600' } });
    try {
      const body = failing(asha);
      await deliver(waiting, signed('standard', body));
      const pendingAlert = async (): Promise<Json> => (await waiting.get('/notifications')).items[0];
      await until(pendingAlert, 'the alert to be reserved');
      await ask(waiting, '/customers/erase', {
        method: 'POST',
        body: JSON.stringify({ customer: asha.email }),
      });
      await sql(waiting.databaseUrl, 'UPDATE notifications SET due_at = now()');
      await waiting.quiet();
      expect(await pendingAlert()).toMatchObject({ status: 'suppressed', reason: 'no_contact', to: null });
      expect(mail.mails.flatMap(({ to }) => to)).not.toContain(asha.email);
      expect(await columnsHolding(waiting.databaseUrl, asha.email)).toEqual([]);
    } finally {
      await waiting.close();
    }
  });

  it('leaves what is still to be worked on, and says so', async () => {
    const asha = person();
    await deliver(app, signed('standard', failing(asha)));
    await app.quiet();
    const ignored = await deliver(app, signed('standard', { event: 'note', data: { to: asha.email } }));
    const hold = `UPDATE deliveries SET status = $2, next_attempt_at = now() + interval '1 hour' WHERE id = $1`;
    await sql(app.databaseUrl, hold, [ignored.json.id, 'pending']);
    expect(await erase(asha.email)).toMatchObject({ payments: 1, deliveries: 1, pending: 1 });
    await sql(app.databaseUrl, hold, [ignored.json.id, 'ignored']);
    expect(await erase(asha.email)).toMatchObject({ payments: 0, deliveries: 1, pending: 0 });
    expect(await traces(asha)).toEqual([]);
  });

  it.each([
    ['nobody', {}, 'customer'],
    ['a blank', { customer: ' ' }, 'customer'],
    ['a number', { customer: 42 }, 'customer'],
    ['null', { customer: null }, 'customer'],
    ['an object', { customer: { toString: null } }, 'customer'],
    ['a list', { customer: ['cus_12345'] }, 'customer'],
    ['no gateway, said so', { customer: 'cus_12345', gateway: null }, 'gateway'],
    ['a gateway that there never was', { customer: 'cus_12345', gateway: 'strype' }, 'gateway'],
    ['something unknown', { customer: 'cus_12345', name: 'Asha' }, 'name'],
  ])('refuses %s with 400', async (_, body, parameter) => {
    const heard = await ask(app, '/customers/erase', { method: 'POST', body: JSON.stringify(body) });
    expect(heard).toMatchObject({ status: 400, json: { detail: `bad parameter: ${parameter}` } });
  });

  it('takes a gateway that is gone while a delivery of it is stored', async () => {
    const { json } = await deliver(app, signed('standard', standardBody()));
    await app.quiet();
    await sql(app.databaseUrl, `UPDATE deliveries SET gateway = 'gone' WHERE id = $1`, [json.id]);
    expect(await erase('nobody@example.com', { gateway: 'gone' })).toMatchObject({ payments: 0 });
  });

  it.each([
    ['no JSON', 'customer=asha', 400],
    ['no object', '["asha"]', 400],
    ['too much', `"${'x'.repeat(20_000)}"`, 413],
  ])('refuses a body that is %s', async (_, body, status) => {
    const heard = await ask(app, '/customers/erase', { method: 'POST', body });
    expect(heard).toMatchObject({ status, json: { status } });
    expect(heard.text).not.toContain('asha');
  });

  it('needs a key that may operate', async () => {
    const body = JSON.stringify({ customer: 'cus_12345' });
    expect(await ask(app, '/customers/erase', { method: 'POST', body }, null)).toMatchObject({ status: 401 });
    expect(await ask(app, '/customers/erase', { method: 'POST', body }, READ_KEY)).toMatchObject({
      status: 403,
    });
  });

  it('is described', async () => {
    const { paths } = await app.get('/docs-json');
    expect(paths['/customers/erase'].post.responses).toHaveProperty('200');
  });
});
