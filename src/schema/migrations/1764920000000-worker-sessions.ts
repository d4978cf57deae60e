import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The processes that claim work. Beside a running old version, which has no session: its leases end by the clock. */
export class WorkerSessions1764920000000 implements MigrationInterface {
  name = 'WorkerSessions1764920000000';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE worker_sessions (
        id integer NOT NULL,
        started_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_worker_sessions PRIMARY KEY (id)
      )`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`DROP TABLE worker_sessions`);
  }
}
