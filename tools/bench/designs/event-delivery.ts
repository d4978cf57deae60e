import type pg from 'pg';

/**
 * Three ways to bring an event that is committed to its handlers, bare: what each writes and reads, without what the
 * service does around it. Two handlers hear every event; both look and find nothing to do, as nearly all do in life.
 */
export interface EventDelivery {
  name: string;
  schema: readonly string[];
  /** In the transaction that makes the events true. */
  publish(client: pg.Client, ids: readonly string[]): Promise<void>;
  /** Does some of what is owed; the answer is how much. */
  work(client: pg.Client): Promise<number>;
}

export const HANDLERS = ['first', 'second'] as const;
const PAYLOAD = {
  state: 'succeeded',
  amount: '2599',
  currency: 'EUR',
  orderId: 'ORD-1',
  filler: 'x'.repeat(300),
};
const BATCH = 100;

const EVENTS = `CREATE TABLE events (id uuid PRIMARY KEY, position bigserial, written xid8 NOT NULL
  DEFAULT pg_current_xact_id(), payload jsonb NOT NULL)`;
const RUNS = `CREATE TABLE runs (event_id uuid, handler text, due_at timestamptz NOT NULL, lease uuid, PRIMARY KEY (event_id, handler))`;

const store = (client: pg.Client, ids: readonly string[]): Promise<unknown> =>
  client.query({
    name: 'store',
    text: 'INSERT INTO events (id, payload) SELECT id, $2::jsonb FROM unnest($1::uuid[]) AS id',
    values: [ids, PAYLOAD],
  });

/** What a handler with nothing to do costs: one look, at what a batch of events is about. */
const readEvents = (client: pg.Client, ids: readonly string[]): Promise<unknown> =>
  client.query({
    name: 'look',
    text: 'SELECT FROM runs WHERE event_id = ANY($1::uuid[]) AND due_at IS NULL',
    values: [ids],
  });

/** A row for each (event, handler), claimed in batches and gone once it is done. */
export const rowForEachRun: EventDelivery = {
  name: 'a row for each (event, handler)',
  schema: [EVENTS, RUNS, 'CREATE INDEX ON runs (due_at)'],
  async publish(client, ids) {
    await store(client, ids);
    await client.query({
      name: 'owe',
      text: 'INSERT INTO runs SELECT id, handler, now() FROM unnest($1::uuid[]) AS id, unnest($2::text[]) AS handler',
      values: [ids, HANDLERS],
    });
  },
  async work(client) {
    const { rows } = await client.query<{ event_id: string; handler: string }>({
      name: 'claim',
      text: `UPDATE runs SET lease = gen_random_uuid() WHERE (event_id, handler) IN (
          SELECT event_id, handler FROM runs WHERE lease IS NULL AND due_at <= now()
          ORDER BY due_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)
        RETURNING event_id, handler`,
    });
    if (rows.length === 0) return 0;
    const ids = rows.map((row) => row.event_id);
    await client.query('BEGIN');
    await client.query({
      name: 'read',
      text: 'SELECT payload FROM events WHERE id = ANY($1::uuid[])',
      values: [ids],
    });
    for (const handler of HANDLERS)
      await readEvents(
        client,
        rows.filter((row) => row.handler === handler).map((row) => row.event_id),
      );
    await client.query({
      name: 'done',
      text: 'DELETE FROM runs USING unnest($1::uuid[], $2::text[]) AS done (id, handler) WHERE event_id = id AND runs.handler = done.handler',
      values: [ids, rows.map((row) => row.handler)],
    });
    await client.query('COMMIT');
    return rows.length;
  },
};

/** The events are a log; each handler has a place in it, and rows only for what failed. */
export const logWithCursors: EventDelivery = {
  name: 'a log, and a cursor for each handler',
  schema: [
    EVENTS,
    RUNS,
    'CREATE INDEX ON events (position)',
    'CREATE TABLE cursors (handler text PRIMARY KEY, position bigint NOT NULL)',
    `INSERT INTO cursors VALUES ${HANDLERS.map((handler) => `('${handler}', 0)`).join(', ')}`,
  ],
  async publish(client, ids) {
    await store(client, ids);
  },
  async work(client) {
    let worked = 0;
    for (const handler of HANDLERS) {
      await client.query('BEGIN');
      const { rows } = await client.query<{ id: string; position: string }>({
        name: 'next',
        // What is still being written may come before what is there already: nobody goes past it.
        text: `SELECT id, position, payload FROM events
          WHERE position > (SELECT position FROM cursors WHERE handler = $1 FOR UPDATE)
            AND written < pg_snapshot_xmin(pg_current_snapshot())
          ORDER BY position LIMIT ${BATCH}`,
        values: [handler],
      });
      const last = rows.at(-1);
      if (last) {
        await readEvents(
          client,
          rows.map((row) => row.id),
        );
        await client.query({
          name: 'move',
          text: 'UPDATE cursors SET position = $2 WHERE handler = $1',
          values: [handler, last.position],
        });
      }
      await client.query('COMMIT');
      worked += rows.length;
    }
    return worked;
  },
};

/** As the service does it: tried in the commit that publishes, behind a savepoint; rows only for what is left. */
export const inTheCommit: EventDelivery = {
  name: 'in the commit, rows for what is left',
  schema: [EVENTS, RUNS],
  async publish(client, ids) {
    await store(client, ids);
    for (const _ of HANDLERS) {
      await client.query('SAVEPOINT one');
      await readEvents(client, ids);
      await client.query('RELEASE SAVEPOINT one');
    }
  },
  work: () => Promise.resolve(0),
};

export const DESIGNS = [rowForEachRun, logWithCursors, inTheCommit];
