import type { OneDatabase } from '../bench-database.js';

export interface Amounts {
  deliveries: number;
  payments: number;
}

/** The rows lie back over so long, evenly. */
const DAYS = 90;

/**
 * Fills a database in which the service has worked on one webhook: every row there is made many times over, so that
 * whatever the schema is, the rows look as the service leaves them, but for ids, keys and times. Delivery n tells of
 * payment n modulo their number. Ids are UUIDv7 of their time, as the service's are.
 */
export async function fill(
  database: OneDatabase,
  { deliveries, payments }: Amounts,
  say: (text: string) => void,
): Promise<void> {
  await database.query(ID);
  const tables: readonly [table: string, insert: string][] = [
    ['payments', copies('payments', payments, PAYMENT)],
    ['deliveries', copies('deliveries', deliveries, DELIVERY)],
    ['payment_reports', copies('payment_reports', deliveries, report(payments))],
    // The events of a payment, each with the runs of its handlers where those are kept.
    ['domain_events', copies('domain_events', payments, EVENT)],
    ['handler_runs', RUNS],
  ];
  for (const [table, insert] of tables) {
    await database.query(insert);
    await database.query(`VACUUM (ANALYZE) ${table}`);
    say(`filled ${table}`);
  }
  await database.query('CHECKPOINT');
}

const ID = `
  CREATE FUNCTION bench_id(kind text, n bigint, at timestamptz) RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(digest, 1, 3)
      || '8' || substr(digest, 4, 15))::uuid
    FROM md5(kind || n) AS digest
  $$`;

/** Copies every row that is there now; those of `changes` are the columns that differ, from \`n\`, \`at\` and \`old\`. */
const copies = (table: string, count: number, changes: string): string => `
  INSERT INTO ${table}
  SELECT new.*
  FROM (SELECT n, now() - interval '${DAYS} days' * (1 - n / ${count}.0) AS at FROM generate_series(1, ${count}) AS n) AS g,
    ${table} AS old, LATERAL jsonb_populate_record(old, jsonb_build_object(${changes})) AS new`;

const PAYMENT = `
  'id', bench_id('payment', n, '2026-01-01'),
  'gateway_payment_id', 'pi_filled_' || n,
  'order_id', 'ORD-filled-' || n,
  'customer_id', 'cus_filled_' || n,
  'customer_email', 'buyer-' || n || '@filled.example.test',
  'created_at', at, 'updated_at', at`;

const DELIVERY = `
  'id', bench_id('delivery', n, at), 'key', 'evt_filled_' || n, 'event_id', 'evt_filled_' || n,
  'received_at', at, 'processed_at', at, 'next_attempt_at', at`;

const report = (payments: number): string => `
  'id', bench_id('report', n, at), 'payment_id', bench_id('payment', (n - 1) % ${payments} + 1, '2026-01-01'),
  'delivery_id', bench_id('delivery', n, at), 'key', 'evt_filled_' || n, 'event_id', 'evt_filled_' || n,
  'occurred_at', at, 'received_at', at`;

const EVENT = `
  'id', bench_id('event' || old.name, n, at), 'subject_id', bench_id('payment', n, '2026-01-01'),
  'cause_id', bench_id('report', n, at), 'created_at', at`;

const RUNS = `
  INSERT INTO handler_runs
  SELECT new.*
  FROM handler_runs run
    JOIN domain_events model ON model.id = run.event_id
    JOIN domain_events event ON event.name = model.name AND event.id <> model.id,
    LATERAL jsonb_populate_record(
      run, jsonb_build_object('event_id', event.id, 'next_attempt_at', event.created_at)) AS new`;
