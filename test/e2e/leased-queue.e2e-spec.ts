import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { claimInQueueOrder, LeasedQueue, LeasedTable, WorkerSession } from '../../src/platform/jobs/index.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/test-app.js';

/** A job with a key of two columns, as a handler run has. */
interface Parcel {
  shop: string;
  number: number;
  attempts: number;
}

const PARCELS = new LeasedTable<Parcel>({
  table: 'parcels',
  dueAt: 'due_at',
  rowsOfJob: 'shop = $1 AND number = $2',
  keyOf: ({ shop, number }) => [shop, number],
});
const LEASE_MS = 60_000;
const RETRY = { baseMs: 1, capMs: 1, maxAttempts: 3 };
/** Only `wake()` makes a step: a test sees exactly what it causes. */
const POLL_MS = 3_600_000;

let database: TestDatabase;
let db: DataSource;
let session: WorkerSession;
const queues: LeasedQueue<Parcel>[] = [];

beforeAll(async () => {
  Logger.overrideLogger(false);
  database = await createTestDatabase();
  db = await new DataSource({ type: 'postgres', url: database.url }).initialize();
  await db.query(`CREATE TABLE parcels (shop text, number integer, status text DEFAULT 'pending', attempts integer DEFAULT 0,
    due_at timestamptz DEFAULT now(), lease uuid, leased_until timestamptz, last_error text, PRIMARY KEY (shop, number))`);
});
beforeEach(async () => {
  await db.query('TRUNCATE parcels');
  session = new WorkerSession(db);
});
afterEach(async () => {
  for (const queue of queues.splice(0)) await queue.stop();
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
  Logger.overrideLogger(['error']);
});

const addParcels = (count: number): Promise<unknown> =>
  db.query(`INSERT INTO parcels (shop, number) SELECT 'a', number FROM generate_series(1, $1) AS number`, [
    count,
  ]);

const claimParcels = async (lease: string, limit: number): Promise<Parcel[]> => {
  const [rows] = await claimInQueueOrder<[Parcel[], number]>(
    db,
    `UPDATE parcels SET lease = $1, leased_until = now() + $2 * interval '1 millisecond', attempts = attempts + 1
     WHERE (shop, number) IN (SELECT shop, number FROM parcels
       WHERE status = 'pending' AND due_at <= now() AND (leased_until IS NULL OR leased_until < now())
       ORDER BY number LIMIT $3 FOR UPDATE SKIP LOCKED)
     RETURNING shop, number, attempts`,
    [lease, LEASE_MS, limit],
  );
  return rows;
};

function startQueue(
  work: (parcel: Parcel, lease: string, queue: LeasedQueue<Parcel>) => Promise<void>,
  { concurrency = 2, claim = claimParcels }: { concurrency?: number; claim?: typeof claimParcels } = {},
): LeasedQueue<Parcel> {
  const queue: LeasedQueue<Parcel> = new LeasedQueue(db, RETRY, {
    name: 'ParcelQueue',
    table: PARCELS,
    session,
    pollMs: POLL_MS,
    concurrency,
    claim,
    work: (parcel, lease) => work(parcel, lease, queue),
    describe: ({ shop, number }) => `parcel ${shop}/${number}`,
  });
  queues.push(queue);
  queue.start();
  return queue;
}

const send = (parcel: Parcel, lease: string, queue: LeasedQueue<Parcel>): Promise<void> =>
  queue.write(() =>
    db.query(
      `UPDATE parcels SET status = 'sent', lease = NULL, leased_until = NULL
       WHERE shop = $1 AND number = $2 AND lease = $3`,
      [parcel.shop, parcel.number, lease],
    ),
  );

const rows = (): Promise<{ number: number; status: string; attempts: number; last_error: string | null }[]> =>
  db.query('SELECT number, status, attempts, last_error FROM parcels ORDER BY number');

const allAre = (status: string): Promise<boolean> =>
  until(async () => (await rows()).every((row) => row.status === status), `every parcel to be ${status}`);

describe('a leased queue', () => {
  it('runs as many jobs at a time as it may, and a slow job delays no other', async () => {
    await addParcels(5);
    let release: () => void = () => undefined;
    const slow = new Promise<void>((resolve) => (release = resolve));
    let running = 0;
    let mostRunning = 0;
    startQueue(async (parcel, lease, queue) => {
      mostRunning = Math.max(mostRunning, ++running);
      if (parcel.number === 1) await slow;
      await send(parcel, lease, queue);
      running--;
    });
    await until(
      async () => (await rows()).slice(1).every(({ status }) => status === 'sent'),
      'the other parcels to be sent',
    );
    expect((await rows())[0]?.status).toBe('pending');
    release();
    await allAre('sent');
    expect(mostRunning).toBe(2);
  });

  it('retries a failed job with its last error, and makes it dead after the last attempt', async () => {
    await addParcels(1);
    const attempts: number[] = [];
    const queue = startQueue((parcel, lease) => {
      attempts.push(parcel.attempts);
      const status = queue.statusAfterFailure(parcel);
      return queue.fail(parcel, lease, { status, reason: `no stamps ${parcel.attempts}` });
    });
    await until(async () => {
      queue.loop.wake();
      return (await rows())[0]?.status === 'dead';
    }, 'the parcel to be dead');
    expect(attempts).toEqual([1, 2, 3]);
    expect(await rows()).toEqual([{ number: 1, status: 'dead', attempts: 3, last_error: 'no stamps 3' }]);
  });

  it('postpones a job without a counted attempt, and keeps the last error unless there is a new one', async () => {
    await addParcels(1);
    await db.query(`UPDATE parcels SET last_error = 'an older error'`);
    let postponed = 0;
    const queue = startQueue(async (parcel, lease) => {
      await queue.postpone(parcel, lease, 3_600_000, postponed++ === 0 ? null : 'the post office is closed');
    });
    const postponedTimes = (times: number): Promise<boolean> =>
      until(async () => {
        const [row] = await db.query<{ lease: string | null }[]>('SELECT lease FROM parcels');
        return postponed === times && row?.lease === null;
      }, 'the parcel to be postponed');
    await postponedTimes(1);
    expect(await rows()).toEqual([
      { number: 1, status: 'pending', attempts: 0, last_error: 'an older error' },
    ]);
    await db.query('UPDATE parcels SET due_at = now()');
    queue.loop.wake();
    await postponedTimes(2);
    expect(await rows()).toEqual([
      { number: 1, status: 'pending', attempts: 0, last_error: 'the post office is closed' },
    ]);
  });

  it('releases what a failed claim may have claimed, without a counted attempt', async () => {
    await addParcels(2);
    let claims = 0;
    const queue = startQueue(send, {
      claim: async (lease, limit) => {
        const claimed = await claimParcels(lease, limit);
        if (claims++ === 0) throw new Error('the connection broke after the commit');
        return claimed;
      },
    });
    await until(async () => {
      queue.loop.wake();
      return (await rows()).every(({ status }) => status === 'sent');
    }, 'the parcels to be sent');
    expect((await rows()).map(({ attempts }) => attempts)).toEqual([1, 1]);
  });

  it('changes nothing for a job that another process took over', async () => {
    await addParcels(1);
    const other = '00000000-0000-4000-8000-000000000000';
    let ended = false;
    const queue = startQueue(async (parcel, lease) => {
      await db.query('UPDATE parcels SET lease = $1', [other]);
      await queue.fail(parcel, lease, { status: 'dead', reason: 'too late' });
      await queue.postpone(parcel, lease, 1);
      await PARCELS.releaseLease(db, lease);
      ended = true;
    });
    await until(() => ended, 'the job to end');
    expect(await db.query('SELECT status, attempts, lease, last_error FROM parcels')).toEqual([
      { status: 'pending', attempts: 1, lease: other, last_error: null },
    ]);
  });

  it('writes the end of a job later when the database is unavailable, and before it claims again', async () => {
    await addParcels(1);
    let available = false;
    let tries = 0;
    const queue = startQueue((parcel, lease) =>
      queue.write(async () => {
        tries++;
        if (!available) throw Object.assign(new Error(), { code: 'ECONNREFUSED' });
        await send(parcel, lease, queue);
      }),
    );
    await until(() => tries > 0, 'the first try to fail');
    expect((await rows())[0]?.status).toBe('pending');
    available = true;
    queue.loop.wake();
    await allAre('sent');
  });

  it('stops when the running jobs have ended, and writes what it kept for the database', async () => {
    await addParcels(1);
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let started = false;
    let available = false;
    const queue = startQueue(async (parcel, lease) => {
      started = true;
      await held;
      await queue.write(async () => {
        if (!available) {
          available = true;
          throw Object.assign(new Error(), { code: 'ECONNREFUSED' });
        }
        await send(parcel, lease, queue);
      });
    });
    await until(() => started, 'the job to start');
    const stopped = queue.stop();
    release();
    await stopped;
    expect((await rows())[0]?.status).toBe('sent');
  });
});
