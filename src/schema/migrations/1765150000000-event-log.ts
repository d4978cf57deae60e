import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The log of events (docs/adr/0034). `domain_events` gets a trigger, so that events of the version before are queued, too,
 * while it runs beside this one. The trigger locks the table for an instant, and no row is rewritten.
 *
 * The events that were there before come first, in the order of their ids, in steps of one commit each while webhooks go on.
 * No process places queued events before this migration is done. A run that stops half way goes on where it stopped.
 */
export class EventLog1765150000000 implements MigrationInterface {
  name = 'EventLog1765150000000';
  transaction = false;

  async up(db: QueryRunner): Promise<void> {
    const [{ made } = { made: false }] = (await db.query(
      `SELECT to_regclass('event_log_state') IS NOT NULL AS made`,
    )) as { made: boolean }[];
    if (!made) await inTransaction(db, createLog);
    for (;;) if ((await inTransaction(db, placeOldEvents)) === 0) return;
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`DROP TRIGGER tr_domain_events_queue ON domain_events`);
    await db.query(`DROP FUNCTION queue_domain_events()`);
    await db.query(`DROP TABLE event_queue, event_log, event_log_state, event_counts`);
    await db.query(`DROP SEQUENCE event_queue_order`);
  }
}

/** Ids made at the same moment begin alike, so PGLZ takes about 40 % off. MAIN keeps them in the row. */
const PACKED = `WITH (toast_tuple_target = 128)`;

async function createLog(db: QueryRunner): Promise<void> {
  await db.query(`CREATE SEQUENCE event_queue_order`);
  await db.query(`
    CREATE TABLE event_queue (
      id bigint NOT NULL,
      event_ids uuid[] NOT NULL,
      CONSTRAINT pk_event_queue PRIMARY KEY (id)
    ) ${PACKED}`);
  await db.query(`
    CREATE TABLE event_log (
      position bigint NOT NULL,
      event_ids uuid[] NOT NULL,
      sequences integer[] NOT NULL,
      published_at timestamptz NOT NULL,
      CONSTRAINT pk_event_log PRIMARY KEY (position)
    ) ${PACKED}`);
  await db.query(`ALTER TABLE event_queue ALTER event_ids SET STORAGE main`);
  await db.query(`ALTER TABLE event_log ALTER event_ids SET STORAGE main, ALTER sequences SET STORAGE main`);
  await db.query(`
    CREATE TABLE event_log_state (
      id smallint NOT NULL,
      head bigint NOT NULL,
      expired_through bigint NOT NULL,
      published_at timestamptz NOT NULL,
      CONSTRAINT pk_event_log_state PRIMARY KEY (id),
      CONSTRAINT ck_event_log_state_one CHECK (id = 1),
      CONSTRAINT ck_event_log_state_order CHECK (expired_through >= 0 AND head >= expired_through)
    )`);
  await db.query(`INSERT INTO event_log_state VALUES (1, 0, 0, 'epoch')`);
  await db.query(`
    CREATE TABLE event_counts (
      subject_id uuid NOT NULL,
      expired integer NOT NULL,
      CONSTRAINT pk_event_counts PRIMARY KEY (subject_id)
    )`);
  await db.query(QUEUE_EVENTS);
  await db.query(`
    CREATE TRIGGER tr_domain_events_queue AFTER INSERT ON domain_events REFERENCING NEW TABLE AS stored
    FOR EACH STATEMENT EXECUTE FUNCTION queue_domain_events()`);
}

/** An INSERT whose events were all stored before stores none. */
const QUEUE_EVENTS = `
  CREATE FUNCTION queue_domain_events() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO event_queue (id, event_ids)
    SELECT nextval('event_queue_order'), ids FROM (SELECT array_agg(id ORDER BY id) AS ids FROM stored) AS batch
    WHERE ids IS NOT NULL;
    RETURN NULL;
  END $$`;

/** Rows of the log in one step, and events in a row (src/platform/events/log/event-log.store.ts). */
const STEP = { rows: 40, events: 256 };

/** Resolves with how many events it placed. What the trigger queued is placed later, though its id may be smaller. */
async function placeOldEvents(db: QueryRunner): Promise<number> {
  const [row] = (await db.query(`
    WITH queued AS MATERIALIZED (SELECT unnest(event_ids) AS id FROM event_queue),
    unplaced AS MATERIALIZED (
      SELECT id, subject_id, created_at, row_number() OVER (ORDER BY id) AS place FROM domain_events
      WHERE id NOT IN (SELECT id FROM queued) AND id > coalesce((
        SELECT event_ids[cardinality(event_ids)] FROM event_log ORDER BY position DESC LIMIT 1), '${NO_ID}')
      ORDER BY id LIMIT ${STEP.rows * STEP.events}
    ), numbered AS (
      SELECT unplaced.*, (
        SELECT count(*) FROM domain_events earlier WHERE earlier.subject_id = unplaced.subject_id AND earlier.id <= unplaced.id
          AND earlier.id NOT IN (SELECT id FROM queued)) AS sequence
      FROM unplaced
    ), blocks AS MATERIALIZED (
      SELECT max(numbered.place) AS place, array_agg(id ORDER BY numbered.place) AS event_ids,
        array_agg(sequence::integer ORDER BY numbered.place) AS sequences, max(max(created_at)) OVER (ORDER BY max(numbered.place)) AS at
      FROM numbered GROUP BY (numbered.place - 1) / ${STEP.events}
    ), moved AS (
      UPDATE event_log_state SET head = head + coalesce((SELECT max(place) FROM blocks), 0),
        published_at = greatest(published_at, (SELECT max(at) FROM blocks))
      RETURNING head - coalesce((SELECT max(place) FROM blocks), 0) AS head
    ), before AS MATERIALIZED (SELECT published_at FROM event_log_state),
    logged AS (
      INSERT INTO event_log (position, event_ids, sequences, published_at)
      SELECT moved.head + place, event_ids, sequences, greatest(at, before.published_at)
      FROM blocks, moved, before
    )
    SELECT coalesce(max(place), 0)::integer AS placed FROM blocks`)) as { placed: number }[];
  return row?.placed ?? 0;
}

const NO_ID = '00000000-0000-0000-0000-000000000000';

async function inTransaction<Result>(
  db: QueryRunner,
  work: (db: QueryRunner) => Promise<Result>,
): Promise<Result> {
  if (db.isTransactionActive) return work(db);
  await db.startTransaction();
  try {
    const result = await work(db);
    await db.commitTransaction();
    return result;
  } catch (error) {
    await db.rollbackTransaction();
    throw error;
  }
}
