import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { DataSource, type EntityManager } from 'typeorm';
import { newId } from '../../src/platform/database/new-id.js';
import { lockForFeature, tryJobLock } from '../../src/platform/database/advisory-locks.js';
import { DomainEvent, EventLogWorker, EventPublisher } from '../../src/platform/events/index.js';
import { publishQueue } from '../../src/platform/events/log/event-log.store.js';
import { EventLog1765150000000 } from '../../src/schema/migrations/1765150000000-event-log.js';
import { EventRetention } from '../support/event-retention.js';
import { DocumentedAnswers } from '../support/documented-answers.js';
import { ask, paymentOf } from '../support/requests.js';
import { StandardSender } from '../support/standard-sender.js';
import { CHECKOUT_KEY, type Json, READ_KEY, startTestApp, until, type TestApp } from '../support/test-app.js';

jest.setTimeout(60_000);

/** Of a plug-in that declares nothing to be shown. */
class Happened extends DomainEvent<{ email: string; mode: string }> {
  static override readonly eventName = 'test.happened';
}
const PERSON = 'asha.rao@shop.example';
const happened = (subject: string): Happened =>
  new Happened(subject, newId(), { email: PERSON, mode: 'live' });

let app: TestApp;
let db: DataSource;
let sender: StandardSender;
beforeAll(async () => {
  app = await startTestApp();
  db = app.app.get(DataSource);
  sender = new StandardSender(app.url);
});
afterAll(() => app.close());

const publish = (manager: EntityManager, ...events: Happened[]): Promise<void> =>
  app.app.get(EventPublisher).publish(manager, events);
/** Stores events as one commit. */
const store = (...events: Happened[]): Promise<void> =>
  db.transaction((manager) => publish(manager, ...events));

interface Read {
  items: Json[];
  endCursor: string;
}

/** Everything behind `after`, page by page. */
async function readAll(query: string, after?: string, on: TestApp = app): Promise<Read> {
  const items: Json[] = [];
  for (let from = after; ;) {
    const page: Json = await on.get(`/events?${query}${from === undefined ? '' : `&after=${from}`}`);
    items.push(...page.items);
    if (page.nextCursor === null) return { items, endCursor: page.endCursor };
    from = page.nextCursor;
  }
}
/** The present end of the log, from where it was asked for last. */
let known: string | undefined;
const endOfLog = async (): Promise<string> => (known = (await readAll('limit=200', known)).endCursor);
const subjectsOf = ({ items }: Read): string[] => items.map(({ subjectId }) => subjectId);

describe('what the log shows', () => {
  it('every event of a payment, its order and its customer once, in order, by what its class declares as shown', async () => {
    const endCursor = await endOfLog();
    const put = await ask(app, '/orders/ord_log', {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ amount: '10000', currency: 'USD', customer: { email: PERSON } }),
    });
    expect(put.status).toBe(201);
    await sender.tell('failed', {
      payment: 'log',
      order: 'ord_log',
      attempt: 'a1',
      customer: { email: PERSON, id: 'asha' },
    });
    await app.quiet();
    await sender.tell('completed', { payment: 'log', order: 'ord_log', attempt: 'a2' });
    await app.quiet();

    const { items } = await readAll('limit=2', endCursor);
    // An order and a customer account are brought up to date by jobs of their own.
    items.push(...items.splice(4).toSorted((one, other) => (one.type < other.type ? 1 : -1)));
    const { id } = await paymentOf(app, 'log');
    expect(items.map(({ type, subjectId, sequence }) => [type, subjectId === id, sequence])).toEqual([
      ['payment.created', true, 1],
      ['payment.failed', true, 2],
      ['payment.succeeded', true, 3],
      ['payment.recovered', true, 4],
      ['order.paid', false, 1],
      ['account.activated', false, 1],
    ]);
    expect(items[1]).toEqual({
      id: expect.any(String),
      type: 'payment.failed',
      timestamp: expect.stringMatching(/^20\d\d-.*Z$/),
      subjectId: id,
      sequence: 2,
      data: {
        ...{
          paymentId: id,
          gateway: 'standard',
          account: 'default',
          gatewayPaymentId: 'log',
          merchant: null,
        },
        ...{ gatewayOrderId: null, orderId: 'ord_log', mode: 'live', state: 'failed', status: 'failed' },
        ...{
          currency: 'USD',
          amount: '10000',
          amountCaptured: null,
          amountRefunded: '0',
          amountDisputed: '0',
        },
        ...{ amountReversed: '0', fee: null, failure: { code: 'insufficient_funds', attemptId: 'a1' } },
        occurredAt: expect.any(String),
      },
    });
    expect(items[4]?.data).toMatchObject({ orderId: 'ord_log', status: 'paid', flag: null });
    expect(items[5]?.data).toMatchObject({ status: 'active', lastPaymentId: id });
    expect(JSON.stringify(items)).not.toMatch(/Asha|asha|example/);

    const document = await app.get('/docs-json');
    const documented = new DocumentedAnswers(document);
    for (const { id: _id, subjectId: _subject, ...body } of items)
      expect(documented.faultOfValue(document.components.schemas[body.type], body, body.type)).toBeNull();
  });

  it('a replay is marked, and an event that declares nothing shows nothing', async () => {
    const endCursor = await endOfLog();
    const subject = newId();
    await store(new Happened(subject, newId(), { email: PERSON, mode: 'live' }, true), happened(subject));
    await app.quiet();
    expect((await readAll('limit=200', endCursor)).items).toEqual([
      expect.objectContaining({ subjectId: subject, sequence: 1, replayed: true, data: {} }),
      expect.not.objectContaining({ replayed: expect.anything() }),
    ]);
  });

  it('chosen by topic and mode: what is left out leaves a gap in the sequence, and pages may be short', async () => {
    const endCursor = await endOfLog();
    for (let n = 0; n < 30; n++) await store(...Array.from({ length: 100 }, () => happened(newId())));
    await sender.tell('failed', { payment: 'chosen' });
    await app.quiet();
    const chosen = async (query: string): Promise<string[]> =>
      (await readAll(`limit=1&${query}`, endCursor)).items.map(({ type, sequence }) => `${type} ${sequence}`);
    expect(await chosen('topics=payment.failed,order.*')).toEqual(['payment.failed 2']);
    expect(await chosen('topics=payment.*&mode=live')).toEqual(['payment.created 1', 'payment.failed 2']);
    expect(await chosen('topics=payment.*&mode=test')).toEqual([]);
    expect((await readAll('limit=200', endCursor)).items).toHaveLength(3_002);
  });

  it('goes on behind the id of an event too; what is no place, topic or mode is refused; readers read', async () => {
    const endCursor = await endOfLog();
    await store(...Array.from({ length: 300 }, () => happened(newId())));
    await app.quiet();
    const { items } = await readAll('limit=200', endCursor);
    expect((await readAll('limit=7', items.at(-9)?.id as string)).items).toEqual(items.slice(-8));
    for (const query of [
      'after=x',
      `after=${newId()}`,
      'topics=payment.payed',
      'topics=payments.*',
      'topics=,',
      'mode=both',
      'limit=201',
      'cursor=x',
    ])
      expect([query, (await ask(app, `/events?${query}`)).status]).toEqual([query, 400]);
    expect((await ask(app, '/events', {}, READ_KEY)).status).toBe(200);
    expect((await ask(app, '/events', {}, CHECKOUT_KEY)).status).toBe(403);
  });
});

describe('the order of the log', () => {
  it('what commits late comes behind what was read, and what is rolled back never comes', async () => {
    const before = await endOfLog();
    const [late, aborted, quick] = [newId(), newId(), newId()];
    const [long, failing] = [db.createQueryRunner(), db.createQueryRunner()];
    await long.startTransaction();
    await publish(long.manager, happened(late));
    await failing.startTransaction();
    await publish(failing.manager, happened(aborted));

    await store(happened(quick));
    await app.quiet();
    const read = await readAll('limit=200', before);
    expect(subjectsOf(read)).toEqual([quick]);

    await failing.rollbackTransaction();
    await long.commitTransaction();
    await Promise.all([long.release(), failing.release()]);
    await app.quiet();
    expect(subjectsOf(await readAll('limit=200', read.endCursor))).toEqual([late]);
    expect(subjectsOf(await readAll('limit=200', before))).toEqual([quick, late]);
  });

  it('a process that is killed while it publishes holds up nobody, and takes no place', async () => {
    const before = await endOfLog();
    const subject = newId();
    const killed = db.createQueryRunner();
    await killed.startTransaction();
    await until(() => tryJobLock(killed.manager, 'event log'), 'the lock on the log to be free');
    await store(happened(subject));
    expect(await publishQueue(killed.manager)).toMatchObject({ events: 1 });
    await store(happened(subject));
    // Nobody places what comes later while its round is open.
    expect(await app.app.get(EventLogWorker).publish()).toBe(0);
    expect((await readAll('limit=200', before)).items).toEqual([]);
    const stored = `SELECT id FROM domain_events WHERE subject_id = $1 ORDER BY id`;
    const [first, second] = await db.query<[{ id: string }, { id: string }]>(stored, [subject]);
    const early = await ask(app, `/events?after=${first.id}`);
    expect([early.status, early.json.type]).toEqual([503, '/problems/event-without-place']);
    expect(early.headers.get('retry-after')).toBe('1');
    const [{ pid }] = (await killed.query('SELECT pg_backend_pid() AS pid')) as [{ pid: number }];
    await db.query('SELECT pg_terminate_backend($1)', [pid]);
    await app.quiet();
    await killed.release().catch(() => undefined);
    expect((await readAll('limit=200', first.id)).items.map(({ id }) => id)).toEqual([second.id]);
    const { items } = await readAll('limit=200', before);
    expect(items.map(({ subjectId, sequence }) => [subjectId, sequence])).toEqual([
      [subject, 1],
      [subject, 2],
    ]);
  });

  it('four processes write, publish and abort at once: whoever reads meanwhile reads what everybody reads later', async () => {
    const others = await Promise.all(
      Array.from({ length: 3 }, () => startTestApp({ databaseUrl: app.databaseUrl })),
    );
    const apps = [app, ...others];
    const before = await endOfLog();
    const subjects = Array.from({ length: 8 }, () => newId());
    const kept: string[] = [];
    let writing = true;
    const write = async (on: TestApp, n: number): Promise<void> => {
      for (let round = 0; round < 12; round++) {
        const subject = subjects[(n * 7 + round) % subjects.length] as string;
        const cause = newId();
        const isKept = round % 5 !== 0;
        await on.app
          .get(DataSource)
          .transaction(async (manager) => {
            await lockForFeature(manager, 'test', [subject]);
            const event = new Happened(subject, cause, { email: PERSON, mode: 'live' });
            await on.app.get(EventPublisher).publish(manager, [event]);
            await manager.query('SELECT pg_sleep(random() * 0.01)');
            if (!isKept) throw new Error('rolled back');
          })
          .then(() => kept.push(subject))
          .catch(() => undefined);
      }
    };
    const read: Json[] = [];
    const reader = async (): Promise<void> => {
      for (let from = before, last = false; ;) {
        const done: boolean = last;
        const page: Read = await readAll('limit=7', from, apps[read.length % 4]);
        read.push(...page.items);
        from = page.endCursor;
        if (done) return;
        if (!writing) {
          await app.quiet();
          last = true;
        }
      }
    };
    await Promise.all([
      Promise.all(apps.flatMap((on, n) => [write(on, n), write(on, n + 4)])).finally(() => (writing = false)),
      reader(),
    ]);
    await Promise.all(others.map((other) => other.close()));

    expect(read).toEqual((await readAll('limit=200', before)).items);
    expect(read.map(({ subjectId }) => subjectId).toSorted()).toEqual(kept.toSorted());
    for (const subject of subjects) {
      const ofSubject = read.filter(({ subjectId }) => subjectId === subject);
      expect(ofSubject.map(({ sequence }) => sequence)).toEqual(ofSubject.map((_, at) => at + 1));
      // Whoever held the lock of a subject stored its event before the next holder did.
      expect(ofSubject.map(({ timestamp }) => timestamp)).toEqual(
        ofSubject.map(({ timestamp }) => timestamp).toSorted(),
      );
    }
  });

  it('a place of a database that was restored from an older copy is refused, and not read from', async () => {
    const [position = '', idEnd = ''] = Buffer.from(await endOfLog(), 'base64url')
      .toString()
      .split('.');
    const cursors = [
      `${position}.${idEnd === '00000000' ? '00000001' : '00000000'}`,
      `${Number(position) + 1}.`,
    ];
    for (const cursor of cursors) {
      const heard = await ask(app, `/events?after=${Buffer.from(cursor).toString('base64url')}`);
      expect([heard.status, heard.json.type]).toEqual([410, '/problems/events-expired']);
    }
  });
});

describe('the age of events', () => {
  it('the oldest go, with their places and without what a run still needs; what comes counts on', async () => {
    const retention = new EventRetention(app);
    await retention.stop();
    const [subject, needed] = [newId(), newId()];
    const before = await endOfLog();
    await store(happened(subject), happened(needed));
    await app.quiet();
    const { items, endCursor } = await readAll('limit=200', before);
    const [, run] = items as [Json, Json];
    await db.query(
      `INSERT INTO handler_runs (event_id, handler, status, attempts, next_attempt_at) VALUES ($1, 'of-nobody', 'dead', 1, now())`,
      [run.id],
    );

    expect(await retention.expireIn(29)).toBe(0);
    expect(await readAll('limit=200', before)).toEqual({ items, endCursor });
    expect(await retention.expireIn(31)).toBeGreaterThan(3_000);
    expect((await readAll('limit=200')).items).toEqual([]);
    expect(await db.query('SELECT id FROM domain_events')).toEqual([{ id: run.id }]);

    await store(happened(subject), happened(needed));
    await app.quiet();
    // The end of what expired is the beginning of what follows.
    const next = await readAll('limit=200', endCursor);
    expect(next.items.map(({ subjectId, sequence }) => [subjectId, sequence])).toEqual([
      [subject, 2],
      [needed, 2],
    ]);
    expect(await retention.expireIn(31)).toBe(2);
    const heard = await ask(app, `/events?after=${endCursor}`);
    expect([heard.status, heard.json.type]).toEqual([410, '/problems/events-expired']);

    await db.query(`DELETE FROM handler_runs WHERE event_id = $1`, [run.id]);
    expect(await retention.expireIn(59)).toBe(0);
    expect(await retention.expireIn(61)).toBe(1);
    expect(await db.query('SELECT id FROM domain_events')).toEqual([]);
  });
});

/** As a version without a log stores events. */
const storeAsBefore = (ids: readonly string[], subjectOf: (n: number) => string): Promise<unknown> =>
  db.query(
    `INSERT INTO domain_events (id, name, subject_id, cause_id, silent, payload, created_at)
     SELECT id, 'test.happened', subject, id, false, '{}', now() FROM unnest($1::uuid[], $2::uuid[]) AS old (id, subject)`,
    [ids, ids.map((_, n) => subjectOf(n))],
  );

describe('events of an earlier version', () => {
  it('come first, by their ids, and what it stores while it runs beside this one comes behind them', async () => {
    await app.app.get(EventLogWorker).publishing.stop();
    const migration = new EventLog1765150000000();
    const runner = db.createQueryRunner();
    await migration.down(runner);
    const [first, second] = [newId(), newId()];
    const ids = Array.from({ length: 600 }, () => newId());
    await storeAsBefore(ids, (n) => (n % 2 === 0 ? first : second));
    await migration.up(runner);
    await runner.release();
    const { items } = await readAll('limit=200');
    expect(items.map(({ id }) => id)).toEqual(ids);
    expect(items.slice(-2).map(({ sequence }) => sequence)).toEqual([300, 300]);
    await storeAsBefore([newId()], () => first);
    expect(await app.app.get(EventLogWorker).publish()).toBe(0);
    expect((await readAll('limit=200')).items.slice(-1)).toMatchObject([{ subjectId: first, sequence: 301 }]);
  });
});
