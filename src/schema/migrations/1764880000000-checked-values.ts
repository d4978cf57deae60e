import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Every column that holds one word of a fixed list, and every amount and count, refuses what the code never writes.
 * The lists hold every word that an earlier version writes, so that it goes on working beside the new schema.
 *
 * A constraint is added as NOT VALID first, which locks its table for an instant, and validated afterwards, which reads
 * the whole table and blocks no reader and no writer. Both would hold the first lock to the end inside one transaction,
 * so each statement is a transaction of its own. A run that stops half way goes on where it stopped.
 */
export class CheckedValues1764880000000 implements MigrationInterface {
  name = 'CheckedValues1764880000000';
  transaction = false;

  async up(db: QueryRunner): Promise<void> {
    for (const [table, checks] of Object.entries(CHECKS)) {
      const present = await findChecks(db, table);
      const missing = Object.entries(checks).filter(([name]) => !present.has(name));
      await alter(
        db,
        table,
        missing.map(([name, condition]) => `ADD CONSTRAINT ${name} CHECK (${condition}) NOT VALID`),
      );
    }
    for (const [table, checks] of Object.entries(CHECKS)) {
      const present = await findChecks(db, table);
      const unproven = Object.keys(checks).filter((name) => present.get(name) === false);
      await alter(
        db,
        table,
        unproven.map((name) => `VALIDATE CONSTRAINT ${name}`),
      );
    }
  }

  async down(db: QueryRunner): Promise<void> {
    for (const [table, checks] of Object.entries(CHECKS))
      await alter(
        db,
        table,
        Object.keys(checks).map((name) => `DROP CONSTRAINT IF EXISTS ${name}`),
      );
  }
}

/** The condition of each constraint by its name, by table. */
const CHECKS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  deliveries: {
    ck_deliveries_provenance: `provenance IN ('received', 'fetched')`,
    ck_deliveries_verdict: `verdict IN ('verified', 'hint', 'fetched')`,
    ck_deliveries_status: `status IN ('pending', 'processed', 'ignored', 'parked', 'dead')`,
  },
  payments: {
    ck_payments_mode: `mode IN ('live', 'test')`,
    ck_payments_status: `status IN ('created', 'requires_action', 'processing', 'authorized', 'succeeded', 'failed',
      'canceled', 'partially_refunded', 'refunded', 'disputed')`,
    ck_payments_state: `state IN ('created', 'requires_action', 'processing', 'authorized', 'succeeded', 'failed',
      'canceled')`,
    ck_payments_amounts: `amount >= 0 AND amount_captured >= 0 AND amount_refunded >= 0 AND amount_disputed >= 0
      AND amount_reversed >= 0`,
  },
  payment_reports: {
    ck_payment_reports_kind: `kind IN ('created', 'requires_action', 'processing', 'failed', 'authorized', 'canceled',
      'succeeded', 'capture_failed', 'reversed', 'refund_created', 'refund_succeeded', 'refund_failed',
      'dispute_opened', 'dispute_won', 'dispute_lost', 'noted')`,
    ck_payment_reports_outcome: `outcome IN ('applied', 'superseded', 'refused')`,
  },
  // Every feature may publish events with names of its own, so the list is open.
  domain_events: { ck_domain_events_name: `name <> ''` },
  // The first versions kept runs that were done.
  handler_runs: { ck_handler_runs_status: `status IN ('pending', 'dead', 'done')` },
  notifications: {
    ck_notifications_kind: `kind IN ('payment_failed', 'payment_received')`,
    // Version 0.1 wrote no mode. The default `*` means every mode.
    ck_notifications_mode: `mode IN ('live', 'test', '*')`,
    ck_notifications_status: `status IN ('pending', 'sent', 'suppressed', 'dead')`,
  },
  // A later version, or a gateway that is added, may bring a reason of its own: the list is open.
  refusals: { ck_refusals_reason: `reason <> ''`, ck_refusals_size: `size >= 0` },
  refusal_counts: { ck_refusal_counts_reason: `reason <> ''`, ck_refusal_counts_count: `count >= 0` },
};

/** Whether each CHECK constraint of a table is validated, by its name. */
async function findChecks(db: QueryRunner, table: string): Promise<ReadonlyMap<string, boolean>> {
  const rows = (await db.query(
    `SELECT conname AS name, convalidated AS validated FROM pg_constraint
     WHERE conrelid = $1::regclass AND contype = 'c'`,
    [table],
  )) as { name: string; validated: boolean }[];
  return new Map(rows.map(({ name, validated }) => [name, validated]));
}

async function alter(db: QueryRunner, table: string, actions: readonly string[]): Promise<void> {
  if (actions.length > 0) await db.query(`ALTER TABLE ${table} ${actions.join(', ')}`);
}
