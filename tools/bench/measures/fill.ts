import type { OneDatabase } from '../bench-database.js';

export interface Amounts {
  deliveries: number;
  payments: number;
}

/** The rows lie back over so long, evenly. */
const DAYS = 90;

/**
 * Fills a database in which the service has worked on one webhook: every row there is made many times over, so that
 * whatever the schema is, the rows look as the service leaves them, but for ids, keys and times. Deliveries tell of one
 * payment after the other, each as often. Ids are UUIDv7 of their time, as the service's are: lists are read by them.
 */
export async function fill(
  database: OneDatabase,
  amounts: Amounts,
  say: (text: string) => void,
): Promise<void> {
  await database.query(ID);
  const rows = rowsOf(amounts, new Date());
  const tables: readonly [table: string, insert: string][] = [
    ['payments', rows.payments],
    ['deliveries', rows.deliveries],
    ['payment_reports', rows.reports],
    // The events of a payment, each with the runs of its handlers where those are kept.
    ['domain_events', rows.events],
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

/** The statement for each table. Payment and delivery n are of the same part of the time as n is of all of them. */
function rowsOf(
  { deliveries, payments }: Amounts,
  now: Date,
): Record<'payments' | 'deliveries' | 'reports' | 'events', string> {
  const moment = (n: string, count: number): string =>
    `(timestamptz '${now.toISOString()}' - interval '${DAYS} days' * (1 - (${n}) / ${count}.0))`;
  const payment = (n: string): string => `bench_id('payment', ${n}, ${moment(n, payments)})`;
  const report = (n: string): string => `bench_id('report', ${n}, ${moment(n, deliveries)})`;
  const paymentOf = `(n::bigint * ${payments} + ${deliveries} - 1) / ${deliveries}`;
  const firstOf = `(n::bigint - 1) * ${deliveries} / ${payments} + 1`;
  /** Copies every row that is there now; those of `changes` are the columns that differ, from `n`, `at` and `old`. */
  const copies = (table: string, count: number, changes: string): string => `
    INSERT INTO ${table}
    SELECT new.*
    FROM (SELECT n, ${moment('n', count)} AS at FROM generate_series(1, ${count}) AS n) AS g,
      ${table} AS old, LATERAL jsonb_populate_record(old, jsonb_build_object(${changes})) AS new`;
  return {
    payments: copies('payments', payments, `'id', ${payment('n')}, ${PAYMENT}`),
    deliveries: copies('deliveries', deliveries, DELIVERY),
    reports: copies(
      'payment_reports',
      deliveries,
      `'id', ${report('n')}, 'payment_id', ${payment(paymentOf)}, ${REPORT}`,
    ),
    events: copies(
      'domain_events',
      payments,
      `'subject_id', ${payment('n')}, 'cause_id', ${report(firstOf)}, ${EVENT}`,
    ),
  };
}

const PAYMENT = `
  'gateway_payment_id', 'pi_filled_' || n,
  'order_id', 'ORD-filled-' || n,
  'customer_id', 'cus_filled_' || n,
  'customer_email', 'buyer-' || n || '@filled.example.test',
  'created_at', at, 'updated_at', at`;

const DELIVERY = `
  'id', bench_id('delivery', n, at), 'key', 'evt_filled_' || n, 'event_id', 'evt_filled_' || n,
  'received_at', at, 'processed_at', at, 'next_attempt_at', at`;

const REPORT = `
  'delivery_id', bench_id('delivery', n, at), 'key', 'evt_filled_' || n, 'event_id', 'evt_filled_' || n,
  'occurred_at', at, 'received_at', at`;

const EVENT = `'id', bench_id('event' || old.name, n, at), 'created_at', at`;

const RUNS = `
  INSERT INTO handler_runs
  SELECT new.*
  FROM handler_runs run
    JOIN domain_events model ON model.id = run.event_id
    JOIN domain_events event ON event.name = model.name AND event.id <> model.id,
    LATERAL jsonb_populate_record(
      run, jsonb_build_object('event_id', event.id, 'next_attempt_at', event.created_at)) AS new`;
