import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { ExtensionsModule } from '../../src/app/extensions.module.js';
import type { NotificationView } from '../../src/notifications/api/notification.view.js';
import type { Channel, Contact, OutgoingMessage } from '../../src/notifications/channels/channel.js';
import {
  ChannelGoneError,
  ChannelSettingsError,
  PermanentSendError,
  TransientSendError,
} from '../../src/notifications/channels/send.errors.js';
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
    ['a reference of half a character', { status: 'sent', reference: 'a\ud83d' }],
    ['a reference of 10 MB', { status: 'sent', reference: 'a'.repeat(10_000_000) }],
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

describe('what a channel throws', () => {
  const long = 'x'.repeat(10_000_000);
  it.each<[what: string, thrown: Error, reason: unknown]>([
    ['a NUL', new PermanentSendError('no\0 such dove'), 'PermanentDeliveryError: no such dove'],
    ['half a character', new PermanentSendError('\ud83d'), 'PermanentDeliveryError: \ufffd'],
    ['10 MB', new PermanentSendError(long), expect.stringMatching(/^PermanentDeliveryError: x{1,1000}$/)],
  ])('ends the message with a reason that can be stored: %s', async (what, thrown, reason) => {
    dove.flies = () => Promise.reject(thrown);
    const told = await outcome(`thrown_${what.replaceAll(' ', '_')}`);
    expect(told).toMatchObject({ status: 'dead', attempts: 1, lastError: reason });
  });

  it('holds the message where a setting is wrong, whatever the words', async () => {
    dove.flies = () => Promise.reject(new ChannelSettingsError('no\0 corn'));
    await shop.tell('failed', { payment: 'held' });
    await until(
      async () => (await messages('held'))[0]?.lastError === 'ChannelSettingsError: no corn',
      'the message to be held',
    );
    dove.flies = () => undefined;
    await app.quiet();
    expect(await messages('held')).toMatchObject([{ status: 'sent', attempts: 1 }]);
  });

  it('spends an attempt where it throws for an address, and keeps no other message from going out', async () => {
    dove.reaches = ({ email }) => {
      if (email?.startsWith('lost')) throw new TransientSendError('no\0 map');
      return email;
    };
    await Promise.all(['lost', 'found'].map((payment) => shop.tell('failed', { payment, at: 1 })));
    await app.quiet();
    expect(await messages('found')).toMatchObject([{ status: 'sent' }]);
    expect(await messages('lost')).toMatchObject([
      { status: 'dead', attempts: 4, lastError: 'TransientDeliveryError: no map' },
    ]);
  });

  it.each([NaN, -1, -Infinity])('with a pause of %d ms is tried again as without one', async (pause) => {
    dove.flies = () =>
      dove.flown.length > 1 ? undefined : Promise.reject(new TransientSendError('later', pause));
    expect(await outcome(`pause_${String(pause).replace('-', 'minus_')}`)).toMatchObject({
      status: 'sent',
      attempts: 2,
    });
  });

  it.each([Infinity, 1e300])('with a pause of %d ms is tried again after a day', async (pause) => {
    dove.flies = () => Promise.reject(new TransientSendError('later', pause));
    await shop.tell('failed', { payment: `pause_${pause}` });
    const order = `ord_pause_${pause}`;
    const waits = `order_key = '${order}' AND lease IS NULL AND due_at BETWEEN now() + interval '23 hours' AND now() + interval '24 hours'`;
    await until(
      async () => (await query(`SELECT FROM notifications WHERE ${waits}`)).length === 1,
      'the message to wait for a day',
    );
    dove.flies = () => undefined;
    await query(`UPDATE notifications SET due_at = now() WHERE order_key = '${order}'`);
    await app.quiet();
  });
});

it.each([
  ['undefined', undefined],
  ['empty', ''],
  ['blank', ' '],
  ['a NUL', 'a\0b'],
  ['half a character', 'a\ud83d'],
  ['10 kB', 'a'.repeat(10_000)],
  ['a number', 7],
])('an address that is %s reaches nobody', async (what, address) => {
  dove.reaches = () => address;
  const told = await outcome(`address_${what.replaceAll(' ', '_')}`);
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
