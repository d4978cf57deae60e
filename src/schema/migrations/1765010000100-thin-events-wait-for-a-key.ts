import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Earlier versions parked Stripe's thin events as invalid, because nothing could ask for them. They say now what those
 * say that are parked without a key, so that a start with a key takes up both. Only parked rows are read, by their index.
 */
export class ThinEventsWaitForAKey1765010000100 implements MigrationInterface {
  name = 'ThinEventsWaitForAKey1765010000100';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`UPDATE deliveries SET last_error = 'cannot be asked: the version that received it could not ask'
      WHERE status = 'parked' AND event_type LIKE 'v1.%' AND last_error IS NULL
        AND errors->0->>'path' = 'related_object'`);
  }

  /** A reason beside the issues changes nothing for an earlier version. */
  async down(): Promise<void> {}
}
