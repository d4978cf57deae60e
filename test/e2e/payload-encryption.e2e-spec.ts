import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { findPayloadsUnder, replacePayloads } from '../../src/webhooks/inbox/payload-key.store.js';
import { toEncryptionKey } from '../../src/platform/encryption/sealed-bytes.js';
import { IppopayFakeApi } from '../support/ippopay-fake-api.js';
import {
  ask,
  deliver,
  freshId,
  paymentOf,
  signed,
  signedStep,
  SIGNING,
  standardBody,
  story,
  success,
} from '../support/requests.js';
import { type Json, startTestApp, type TestApp, until } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const [FIRST, SECOND, THIRD] = [1, 2, 3].map((fill) => Buffer.alloc(32, fill).toString('base64')) as [
  string,
  string,
  string,
];
/** The highest id below that of the newest delivery. */
const before = (id: string): string => id.slice(0, -12) + '000000000000';
const nameOf = (key: string): string => toEncryptionKey(key).name;

interface Stored {
  raw: Buffer;
  payload_key: string | null;
}

describe('payloads at rest', () => {
  const standInKeys = { publicKey: 'pk_live_1', secretKey: 'sk_live_1' };
  let database: TestDatabase;
  let client: pg.Client;
  let standIn: IppopayFakeApi;

  beforeAll(async () => {
    database = await createTestDatabase();
    client = new pg.Client(database.url);
    await client.connect();
    standIn = await IppopayFakeApi.start(standInKeys);
  });
  afterAll(async () => {
    await client.end();
    await standIn.close();
    await database.drop();
  });

  /** The service with these keys on the one database, until the work is done. */
  async function withKeys(keys: readonly string[], work: (app: TestApp) => Promise<void>): Promise<void> {
    const app = await startTestApp({
      databaseUrl: database.url,
      environment: {
        ...(keys.length > 0 && { PAYLOAD_KEYS: keys.join(',') }),
        IPPOPAY_PUBLIC_KEY: standInKeys.publicKey,
        IPPOPAY_SECRET_KEY: standInKeys.secretKey,
        IPPOPAY_API_URL: standIn.baseUrl,
      },
    });
    await work(app).finally(() => app.close());
  }

  async function stored(id: string): Promise<Stored> {
    const { rows } = await client.query<Stored>('SELECT raw, payload_key FROM deliveries WHERE id = $1', [
      id,
    ]);
    return rows[0] as Stored;
  }

  const notUnder = async (key: string): Promise<string[]> => {
    const { rows } = await client.query<{ id: string }>(
      'SELECT id FROM deliveries WHERE payload_key IS DISTINCT FROM $1',
      [nameOf(key)],
    );
    return rows.map(({ id }) => id);
  };

  const shown = (app: TestApp, id: string): Promise<Json> => app.get(`/deliveries/${id}`);
  const accepted = async (app: TestApp, request = success('stripe')): Promise<string> => {
    const { status, json } = await deliver(app, request);
    expect(status).toBe(200);
    return json.id as string;
  };

  it('are the very bytes without a key, and are sealed once there is one', async () => {
    const request = success('razorpay');
    let id = '';
    await withKeys([], async (app) => {
      id = await accepted(app, request);
      await app.quiet();
      expect(await stored(id)).toEqual({ raw: request.body, payload_key: null });
    });
    await withKeys([FIRST], async (app) => {
      await until(async () => (await stored(id)).payload_key === nameOf(FIRST), 'the row to be sealed');
      expect((await stored(id)).raw.includes(request.body)).toBe(false);
      expect((await shown(app, id)).bodyBase64).toBe(request.body.toString('base64'));
    });
  });

  it.each(SIGNING)('are unreadable in the database and worked on all the same: %s', async (gateway) => {
    await withKeys([FIRST], async (app) => {
      const told = story(gateway, 'success').at(-1);
      if (!told) throw new Error('an empty story');
      const request = signedStep(gateway, told);
      const id = await accepted(app, request);
      await app.quiet();
      expect(await paymentOf(app, told.paymentId)).toMatchObject({ state: 'succeeded' });
      const row = await stored(id);
      expect(row.payload_key).toBe(nameOf(FIRST));
      expect(row.raw.includes(told.paymentId)).toBe(false);
      expect((await shown(app, id)).bodyBase64).toBe(request.body.toString('base64'));
    });
  });

  it('are sealed when they were fetched, too', async () => {
    await withKeys([FIRST], async (app) => {
      const told = story('ippopay', 'success').at(-1);
      if (!told) throw new Error('an empty story');
      standIn.applyEvent(told);
      await accepted(app, signedStep('ippopay', told));
      await app.quiet();
      const payment = await paymentOf(app, told.paymentId);
      const fetched = payment.timeline[0].deliveryId as string;
      expect((await stored(fetched)).raw.includes(told.paymentId)).toBe(false);
      expect((await shown(app, fetched)).body).toContain(told.paymentId);
    });
  });

  it('are sealed for the row they go to when a parked message comes again', async () => {
    await withKeys([FIRST], async (app) => {
      const eventId = freshId('msg');
      const parked = await deliver(app, signed('standard', standardBody({ amount: -1 }), { eventId }));
      expect(parked.status).toBe(422);
      const body = standardBody();
      const again = await deliver(app, signed('standard', body, { eventId }));
      expect(again.json).toEqual({ status: 'accepted', id: parked.json.id });
      await app.quiet();
      expect(await paymentOf(app, body.data.paymentId)).toMatchObject({ state: 'succeeded' });
      expect((await shown(app, parked.json.id)).body).toBe(JSON.stringify(body));
    });
  });

  it('keys are changed without a pause: the old reads, the new writes, and the rest follows', async () => {
    const request = success('stripe');
    let id = '';
    await withKeys([FIRST], async (app) => {
      id = await accepted(app, request);
      await app.quiet();
    });
    await withKeys([SECOND, FIRST], async (app) => {
      expect((await shown(app, id)).bodyBase64).toBe(request.body.toString('base64'));
      expect((await stored(await accepted(app))).payload_key).toBe(nameOf(SECOND));
      await until(async () => (await notUnder(SECOND)).length === 0, 'no row under the old');
      const noneLeft = 'payhook_payloads_not_under_newest_key{under="older_key"} 0';
      await until(async () => (await ask(app, '/metrics')).text.includes(noneLeft), 'that to be told');
    });
    await withKeys([SECOND], async (app) => {
      expect((await shown(app, id)).bodyBase64).toBe(request.body.toString('base64'));
      expect((await app.post(`/deliveries/${id}/replay`)).status).toBe(202);
      await app.quiet();
      expect(await shown(app, id)).toMatchObject({ status: 'processed' });
    });
  });

  it('that somebody holds are passed over, and nobody waits for them', async () => {
    const ids: string[] = [];
    await withKeys([SECOND], async (app) => {
      for (const gateway of SIGNING) ids.push(await accepted(app, success(gateway)));
      await app.quiet();
    });
    await client.query('BEGIN');
    await client.query('SELECT FROM deliveries WHERE id = $1 FOR UPDATE', [ids[1]]);
    await withKeys([THIRD, SECOND], async () => {
      await until(async () => (await notUnder(THIRD)).length === 1, 'all the others to be sealed');
    });
    await client.query('ROLLBACK');
    expect(await notUnder(THIRD)).toEqual([ids[1]]);
    await withKeys([SECOND, THIRD], async () => {
      await until(async () => (await notUnder(SECOND)).length === 0, 'all to be sealed');
    });
  });

  it('that changed after they were read are not written over', async () => {
    await withKeys([SECOND], async (app) => {
      const request = success('stripe');
      const id = await accepted(app, request);
      await app.quiet();
      const { manager } = app.app.get(DataSource);
      const { rows } = await findPayloadsUnder(manager, nameOf(SECOND), before(id));
      expect(rows).toMatchObject([{ id }]);
      await client.query('UPDATE deliveries SET receipts = receipts + 1 WHERE id = $1', [id]);
      expect(await replacePayloads(manager, rows)).toBe(0);
      const again = await findPayloadsUnder(manager, nameOf(SECOND), before(id));
      expect(await replacePayloads(manager, again.rows)).toBe(1);
      expect((await shown(app, id)).body).toBe(request.body.toString());
    });
  });

  it('under a missing key fail alone, are told of plainly, and heal when the key is back', async () => {
    const request = success('stripe');
    let id = '';
    await withKeys([SECOND], async (app) => {
      id = await accepted(app, request);
      await app.quiet();
    });
    await withKeys([THIRD], async (app) => {
      await app.post(`/deliveries/${id}/replay`);
      const neighbours = await Promise.all(SIGNING.map((gateway) => accepted(app, success(gateway))));
      await app.quiet();
      for (const one of neighbours) expect(await shown(app, one)).toMatchObject({ status: 'processed' });
      expect(await shown(app, id)).toMatchObject({
        status: 'dead',
        reason: 'PayloadUnreadableError unknown_payload_key',
        body: null,
        bodyBase64: null,
        bodyNotice: `the payload is encrypted under ${nameOf(SECOND)}, which PAYLOAD_KEYS lacks`,
      });
      const missing = /payhook_payloads_not_under_newest_key\{under="missing_key"\} [1-9]/;
      await until(async () => missing.test((await ask(app, '/metrics')).text), 'the missing key to be told');
    });
    await withKeys([SECOND, THIRD], async (app) => {
      await app.post(`/deliveries/${id}/replay`);
      await app.quiet();
      expect(await shown(app, id)).toMatchObject({ status: 'processed', reason: null, bodyNotice: null });
    });
  });

  it('that were changed or moved to another row are not believed', async () => {
    await withKeys([SECOND, THIRD], async (app) => {
      const [here, there] = [await accepted(app), await accepted(app)];
      await app.quiet();
      await client.query(
        `UPDATE deliveries SET raw = other.raw, payload_key = other.payload_key
         FROM deliveries other WHERE deliveries.id = $1 AND other.id = $2`,
        [here, there],
      );
      await app.post(`/deliveries/${here}/replay`);
      await app.quiet();
      expect(await shown(app, here)).toMatchObject({
        status: 'dead',
        reason: 'PayloadUnreadableError payload_damaged',
        bodyNotice: `the payload is not what was encrypted under ${nameOf(SECOND)}`,
      });
    });
  });
});
