import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { ExtensionsModule } from '../../src/app/extensions.module.js';
import type { NotificationView } from '../../src/notifications/api/notification.view.js';
import type { Channel, Contact, OutgoingMessage } from '../../src/notifications/channels/channel.js';
import { ChannelGoneError } from '../../src/notifications/channels/send.errors.js';
import { StandardSender } from '../support/standard-sender.js';
import { startTestApp, until, type TestApp } from '../support/test-app.js';

/** A channel as JavaScript may have it: no compiler saw what it returns. */
class Dove {
  readonly name = 'dove';
  flown: OutgoingMessage[] = [];
  reaches: (contact: Contact) => unknown = ({ email }) => email;
  flies: (message: OutgoingMessage) => unknown = () => ({ status: 'sent', reference: null });

  addressOf = (contact: Contact): unknown => this.reaches(contact);
  send = async (message: OutgoingMessage): Promise<unknown> => {
    this.flown.push(message);
    return this.flies(message);
  };
}

let dove: Dove;
let app: TestApp;
let shop: StandardSender;
const start = (databaseUrl?: string): Promise<TestApp> =>
  startTestApp({
    ...(databaseUrl !== undefined && { databaseUrl }),
    imports: [ExtensionsModule.of({ channels: [dove as unknown as Channel] })],
    environment: { MESSAGES: 'payment_failed,payment_received,receipt', SHUTDOWN_SECONDS: '1' },
    leases: { workMs: 60_000, sendMs: 2_000 },
  });

beforeAll(async () => {
  dove = new Dove();
  app = await start();
  shop = new StandardSender(app.url);
});
beforeEach(() => void Object.assign(dove, { ...new Dove(), addressOf: dove.addressOf, send: dove.send }));
afterAll(() => app.close());

const query = <Row>(sql: string): Promise<Row[]> => app.app.get(DataSource).query<Row[]>(sql);
const messages = (order: string): Promise<Partial<NotificationView>[]> =>
  query(
    `SELECT kind, channel, status, reason, reference, attempts, last_error AS "lastError" FROM notifications
     WHERE order_key = 'ord_${order}' ORDER BY channel, id`,
  );

async function outcome(payment: string): Promise<Partial<NotificationView> | undefined> {
  await shop.tell('failed', { payment });
  await app.quiet();
  return (await messages(payment))[0];
}

describe('what a channel answers', () => {
  it.each([
    ['nothing', undefined],
    ['a text', 'sent'],
    ['a reference that cannot be stored', { status: 'sent', reference: 'a\0b' }],
    ['a reference that is no text', { status: 'sent', reference: { id: 7 } }],
    ['a status of its own', { status: 'queued', reference: 7 }],
    ['a suppression without a reason', { status: 'suppressed' }],
  ])('counts as sent, once: %s', async (what, answer) => {
    dove.flies = () => answer;
    const told = await outcome(what.replaceAll(' ', '_'));
    expect(told).toMatchObject({ status: 'sent', reference: null, attempts: 1, lastError: null });
    expect(dove.flown).toHaveLength(1);
  });

  it('counts as suppressed with a reason', async () => {
    dove.flies = () => ({ status: 'suppressed', reason: 'opted\0_out' });
    expect(await outcome('opted')).toMatchObject({ status: 'suppressed', reason: 'opted_out' });
  });

  it('is not asked for again where the database refuses it', async () => {
    await query(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'no'; END $$`);
    await query(`CREATE TRIGGER refuse BEFORE UPDATE ON notifications FOR EACH ROW
      WHEN (NEW.status = 'sent' AND NEW.order_key = 'ord_refused') EXECUTE FUNCTION refuse()`);
    expect(await outcome('refused')).toMatchObject({
      status: 'dead',
      lastError: expect.stringMatching(/^the message is sent, and that could not be stored: .*P0001$/),
    });
    expect(dove.flown).toHaveLength(1);
  });
});

it.each([undefined, '', ' ', 'a\0b', 7])('an address that is %j reaches nobody', async (address) => {
  dove.reaches = () => address;
  const told = await outcome(`address_${Buffer.from(String(address)).toString('hex')}`);
  expect(told).toMatchObject({ status: 'suppressed', reason: 'no_contact' });
  expect(dove.flown).toEqual([]);
});

describe('a channel that never answers', () => {
  it('is told to stop, and tried again', async () => {
    dove.flies = () => (dove.flown.length > 1 ? undefined : new Promise(() => undefined));
    await shop.tell('failed', { payment: 'hung' });
    const failed = await until(
      async () => (await messages('hung')).find(({ lastError }) => lastError),
      'the first try to end',
    );
    expect(failed?.lastError).toBe('TransientDeliveryError: the channel did not answer in time');
    expect(dove.flown[0]?.signal.aborted).toBe(true);
    await app.quiet();
    expect(await messages('hung')).toMatchObject([{ status: 'sent', attempts: 2 }]);
  });

  it('holds up no process that stops', async () => {
    dove.flies = () => new Promise(() => undefined);
    await shop.tell('failed', { payment: 'stopped' });
    await until(() => dove.flown.length === 1, 'the message to be under way');
    await app.close();
    app = await start();
    shop = new StandardSender(app.url);
  });
});

it('a receiver that is gone costs one message, and is asked by one at a time until it takes one', async () => {
  const waiting: { take: () => void; refuse: (error: Error) => void }[] = [];
  dove.flies = () =>
    new Promise<void>((take, refuse) => {
      waiting.push({ take, refuse });
    });
  const payments = Array.from({ length: 10 }, (_, nth) => `gone_${nth}`);
  for (const payment of payments) await shop.tell('failed', { payment });
  await until(() => waiting.length === 8, 'all slots to be taken');
  for (const { refuse } of waiting.splice(0)) refuse(new ChannelGoneError('the receiver is gone'));
  const probe = await until(() => waiting[0], 'the next try');
  // All others are due by now.
  await query(`UPDATE notifications SET due_at = now() WHERE status = 'pending' AND lease IS NULL`);
  await until(
    async () => (await query(`SELECT FROM notifications WHERE lease IS NOT NULL`)).length === 1,
    'one message to be under way',
  );
  expect(waiting).toHaveLength(1);
  dove.flies = () => undefined;
  probe?.take();
  await app.quiet();
  const ends = (await Promise.all(payments.map(messages))).flat().map(({ status }) => status);
  expect(ends.filter((status) => status === 'dead')).toHaveLength(1);
  expect(ends.filter((status) => status === 'sent')).toHaveLength(9);
});

it('a success is told once where a channel is taken out: by a receipt, or as the end of an alert', async () => {
  await shop.tell('completed', { payment: 'plain' });
  await shop.tell('failed', { payment: 'alerted' });
  await app.quiet();
  await shop.tell('completed', { payment: 'alerted' });
  await app.quiet();
  const leave = (order: string, kind: string, as: string): Promise<unknown> =>
    query(`INSERT INTO notifications (id, kind, payment_id, attempt_key, gateway, account, merchant, mode, order_key,
        channel, status, occurred_at, created_at, due_at, attempts)
      SELECT gen_random_uuid(), '${as}', payment_id, attempt_key, gateway, account, merchant, mode, order_key, 'swift',
        'pending', occurred_at, created_at, now() - interval '2 minutes', 0
      FROM notifications WHERE order_key = 'ord_${order}' AND kind = '${kind}'`);
  await leave('plain', 'receipt', 'payment_received');
  await leave('alerted', 'payment_received', 'receipt');
  await app.quiet();
  const off = { channel: 'swift', status: 'suppressed', reason: 'channel_off' };
  expect(await messages('plain')).toMatchObject([{ kind: 'receipt', status: 'sent' }, off]);
  expect(await messages('alerted')).toMatchObject([{}, { kind: 'payment_received', status: 'sent' }, off]);
  expect(dove.flown).toHaveLength(3);
});
