import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What a background job keeps of deliveries: how many there are of each type, and when a gateway was last heard.
 *
 * The trigger notes each change of a delivery that is in the counts. It fires for changes of the status alone: a
 * delivery is inserted with the status that most keep, so receiving and processing one costs nothing here.
 */
export class GatewayActivity1765050000000 implements MigrationInterface {
  name = 'GatewayActivity1765050000000';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE delivery_types (
        gateway text NOT NULL,
        account text NOT NULL,
        type text NOT NULL,
        status text NOT NULL,
        count bigint NOT NULL,
        first_at timestamptz,
        last_at timestamptz,
        example_id uuid,
        CONSTRAINT pk_delivery_types PRIMARY KEY (gateway, account, type, status)
      )`);
    await db.query(`
      CREATE TABLE delivery_type_changes (
        id uuid NOT NULL,
        delivery_id uuid NOT NULL,
        gateway text NOT NULL,
        account text NOT NULL,
        type text NOT NULL,
        status text NOT NULL,
        change smallint NOT NULL,
        received_at timestamptz NOT NULL,
        CONSTRAINT pk_delivery_type_changes PRIMARY KEY (id)
      )`);
    await db.query(`
      CREATE TABLE delivery_summary (
        id smallint NOT NULL,
        last_delivery_id uuid NOT NULL,
        CONSTRAINT pk_delivery_summary PRIMARY KEY (id),
        CONSTRAINT ck_delivery_summary_one CHECK (id = 1)
      )`);
    await db.query(`
      CREATE TABLE gateway_activity (
        gateway text NOT NULL,
        account text NOT NULL,
        last_event_at timestamptz,
        gaps jsonb NOT NULL,
        lag_seconds double precision,
        silent_since timestamptz,
        CONSTRAINT pk_gateway_activity PRIMARY KEY (gateway, account)
      )`);
    await db.query(NOTE);
    await db.query(TRIGGER);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`DROP TRIGGER tr_deliveries_type ON deliveries`);
    await db.query(`DROP FUNCTION payhook_note_delivery_type()`);
    await db.query(`DROP TABLE gateway_activity, delivery_summary, delivery_type_changes, delivery_types`);
  }
}

const NOTE = `
  CREATE FUNCTION payhook_note_delivery_type() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO delivery_type_changes
      (id, delivery_id, gateway, account, type, status, change, received_at)
    SELECT gen_random_uuid(), NEW.id, NEW.gateway, NEW.account, type, status, change, received_at
    FROM (VALUES (coalesce(OLD.event_type, ''), OLD.status, -1, OLD.received_at),
                 (coalesce(NEW.event_type, ''), NEW.status, 1, NEW.received_at))
      AS changed (type, status, change, received_at)
    WHERE status IN ('processed', 'ignored');
    RETURN NULL;
  END $$`;

const TRIGGER = `
  CREATE TRIGGER tr_deliveries_type AFTER UPDATE OF status, event_type ON deliveries FOR EACH ROW
  WHEN ((OLD.status, OLD.event_type) IS DISTINCT FROM (NEW.status, NEW.event_type)
    AND (OLD.status IN ('processed', 'ignored') OR NEW.status IN ('processed', 'ignored')))
  EXECUTE FUNCTION payhook_note_delivery_type()`;
