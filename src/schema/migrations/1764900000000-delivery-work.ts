import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The work that is left on deliveries gets a table of its own, so that the row of a delivery is written once. No row of
 * `deliveries` is rewritten here: what is pending there is taken over by the workers, in batches, as is what a process
 * of the version before stores while it runs beside this one. Such a process needs `next_attempt_at`, `leased_until`,
 * `lease`, `replay`, `silent` and the indexes of pending rows, so they stay.
 *
 * Deliveries that this version stores have no `next_attempt_at`. The statements change only the catalogue, and hold the
 * table for an instant.
 */
export class DeliveryWork1764900000000 implements MigrationInterface {
  name = 'DeliveryWork1764900000000';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE delivery_work (
        delivery_id uuid NOT NULL,
        due_at timestamptz NOT NULL,
        attempts integer NOT NULL,
        last_error text,
        replay boolean NOT NULL,
        silent boolean NOT NULL,
        lane smallint NOT NULL,
        gateway text,
        account text,
        hint_order text,
        lease uuid,
        leased_until timestamptz,
        CONSTRAINT pk_delivery_work PRIMARY KEY (delivery_id)
      )`);
    await db.query(`CREATE INDEX ix_delivery_work_due ON delivery_work (due_at) WHERE hint_order is null`);
    await db.query(`
      CREATE INDEX ix_delivery_work_hints ON delivery_work (gateway, account, hint_order)
      WHERE hint_order is not null`);
    await db.query(`
      ALTER TABLE deliveries
        ALTER COLUMN next_attempt_at DROP NOT NULL,
        ALTER COLUMN replay SET DEFAULT false,
        ALTER COLUMN silent SET DEFAULT false`);
  }

  /** Pending deliveries become pending rows again. Deliveries that were stored since are rewritten, which takes long. */
  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      UPDATE deliveries SET status = 'pending', attempts = work.attempts, last_error = work.last_error,
        replay = work.replay, silent = work.silent, next_attempt_at = work.due_at, lease = work.lease,
        leased_until = work.leased_until
      FROM delivery_work work WHERE id = delivery_id`);
    await db.query(`UPDATE deliveries SET next_attempt_at = received_at WHERE next_attempt_at IS NULL`);
    await db.query(`
      ALTER TABLE deliveries
        ALTER COLUMN next_attempt_at SET NOT NULL,
        ALTER COLUMN replay DROP DEFAULT,
        ALTER COLUMN silent DROP DEFAULT`);
    await db.query(`DROP TABLE delivery_work`);
  }
}
