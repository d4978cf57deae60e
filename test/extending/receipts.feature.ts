import {
  Column,
  Entity,
  type EntityManager,
  type MigrationInterface,
  PrimaryColumn,
  type QueryRunner,
} from 'typeorm';
import {
  OnDomainEvent,
  type DomainEventHandler,
  PaymentSucceeded,
  type PayhookFeature,
} from '../../src/index.js';

/** A receipt for each payment that succeeded; one that is printed needs no work any more. */
@Entity('receipts')
export class Receipt {
  @PrimaryColumn({ type: 'uuid', name: 'payment_id', primaryKeyConstraintName: 'pk_receipts' })
  paymentId!: string;
  /** Personal: who gets it. */
  @Column({ type: 'text', nullable: true }) holder!: string | null;
  @Column({ type: 'boolean' }) printed!: boolean;
  @Column({ type: 'timestamptz', name: 'created_at' }) createdAt!: Date;
}

class Receipts1800000000000 implements MigrationInterface {
  name = 'Receipts1800000000000';
  async up(db: QueryRunner): Promise<void> {
    await db.query(`CREATE TABLE receipts (payment_id uuid, holder text, printed boolean NOT NULL,
      created_at timestamptz NOT NULL, CONSTRAINT pk_receipts PRIMARY KEY (payment_id))`);
  }
  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE receipts');
  }
}

const write = (manager: EntityManager, paymentIds: readonly string[]): Promise<unknown> =>
  manager.query(
    `INSERT INTO receipts SELECT unnest($1::uuid[]), 'somebody', false, now() ON CONFLICT DO NOTHING`,
    [paymentIds],
  );

@OnDomainEvent(PaymentSucceeded, 'write-receipt-on-payment-succeeded')
class WriteReceiptHandler implements DomainEventHandler<PaymentSucceeded> {
  async handle({ payload }: PaymentSucceeded, manager: EntityManager): Promise<void> {
    await write(manager, [payload.paymentId]);
  }
}

/** Uses every member that a feature may have. `isPrinting` lets a test hold the job back. */
export const printer = { isPrinting: true };
export const receiptsFeature: PayhookFeature = {
  name: 'receipts',
  entities: [Receipt],
  migrations: [Receipts1800000000000],
  handlers: [WriteReceiptHandler],
  jobs: [
    {
      name: 'print',
      idleMs: 20,
      step: async ({ db }) => {
        if (!printer.isPrinting) return 0;
        const [, printed] = await db.query<[unknown, number]>(
          'UPDATE receipts SET printed = true WHERE NOT printed',
        );
        return printed;
      },
    },
  ],
  erase: async (manager, { paymentIds }) => {
    const [, cleared] = await manager.query<[unknown, number]>(
      'UPDATE receipts SET holder = NULL WHERE payment_id = ANY($1) AND holder IS NOT NULL',
      [paymentIds],
    );
    return cleared;
  },
  retain: async (manager, before, limit) => {
    const [, cleared] = await manager.query<[unknown, number]>(
      `UPDATE receipts SET holder = NULL WHERE payment_id IN (
         SELECT payment_id FROM receipts WHERE holder IS NOT NULL AND created_at < $1 LIMIT $2)`,
      [before, limit],
    );
    return cleared;
  },
  catchUp: async (manager, paymentIds) => void (await write(manager, paymentIds)),
  pending: `SELECT count(*) AS pending, 0 AS scheduled, 0 AS dead FROM receipts WHERE NOT printed`,
};
