import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What is looked up by goes first. With gateway and account in front, the planner takes such an index for the unique key
 * of a payment as long as it has no statistics, and reads every payment of the account. Most payments lack some of them.
 */
export class PaymentsByOrder1764600000000 implements MigrationInterface {
  name = 'PaymentsByOrder1764600000000';

  async up(db: QueryRunner): Promise<void> {
    await dropIndexes(db);
    await db.query(
      `CREATE INDEX ix_payments_order ON payments (order_id, gateway, account) WHERE order_id is not null`,
    );
    await db.query(
      `CREATE INDEX ix_payments_gateway_order ON payments (gateway_order_id, gateway, account)
       WHERE gateway_order_id is not null`,
    );
  }

  async down(db: QueryRunner): Promise<void> {
    await dropIndexes(db);
    await db.query(`CREATE INDEX ix_payments_order ON payments (gateway, account, order_id)`);
    await db.query(`CREATE INDEX ix_payments_gateway_order ON payments (gateway, account, gateway_order_id)`);
  }
}

async function dropIndexes(db: QueryRunner): Promise<void> {
  await db.query(`DROP INDEX ix_payments_order`);
  await db.query(`DROP INDEX ix_payments_gateway_order`);
}
