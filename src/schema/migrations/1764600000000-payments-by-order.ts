import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The order id becomes the first column of the index. With gateway and account first, a planner without statistics uses
 * this index to find a payment by its key, and reads every payment of the account. Rows without an order are left out.
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
