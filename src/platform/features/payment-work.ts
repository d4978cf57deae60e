import { Column, type EntityManager } from 'typeorm';
import { createBulkInsert } from '../database/bulk-insert.js';
import { newId } from '../database/new-id.js';
import type { OrderOfPayment } from './feature.js';

/**
 * The queue of a feature that follows payments, as a table of its own: one row a change of a payment, written in the
 * transaction that changes the payment and deleted by the one that follows it. A row is written once, so writing it waits
 * for nobody; only one that failed is changed. A feature declares an entity that extends this class, with the id.
 */
export abstract class PaymentWork {
  /** A payment; or an order, where no payment changed. */
  @Column({ type: 'uuid', name: 'payment_id' })
  paymentId!: string;

  /** Nobody is to be mailed for what follows from it. */
  @Column({ type: 'boolean' })
  silent!: boolean;

  /** The order that the payment belonged to before, where the change moved it to another one. */
  @Column({ type: 'text', name: 'previous_mode', nullable: true })
  previousMode!: string | null;

  @Column({ type: 'text', name: 'previous_merchant', nullable: true })
  previousMerchant!: string | null;

  @Column({ type: 'text', name: 'previous_order_id', nullable: true })
  previousOrderId!: string | null;

  /** How often it failed by itself. */
  @Column({ type: 'integer', default: 0 })
  attempts!: number;

  /** When it is tried again; null where it never failed. */
  @Column({ type: 'timestamptz', name: 'retry_at', nullable: true })
  retryAt!: Date | null;
}

/** What changed. */
export interface PaymentWorkItem {
  readonly paymentId: string;
  readonly silent: boolean;
  /** An order to look at beside that of the payment: the one that the payment left. */
  readonly previousOrder: OrderOfPayment | null;
}

interface Row {
  payment_id: string;
  silent: boolean;
  previous_mode: OrderOfPayment['mode'] | null;
  previous_merchant: string | null;
  previous_order_id: string | null;
}

/** Rows that wait after a failure are left out. */
const IS_DUE = '(retry_at IS NULL OR retry_at <= now())';

/** Every statement on the table of a {@link PaymentWork}. */
export class PaymentWorkQueue {
  private readonly write: ReturnType<typeof createBulkInsert>;

  /** @param table the name of the table. It becomes part of SQL, so it is written in the code. */
  constructor(private readonly table: string) {
    this.write = createBulkInsert(table, {
      id: 'uuid',
      payment_id: 'uuid',
      silent: 'boolean',
      previous_mode: 'text',
      previous_merchant: 'text',
      previous_order_id: 'text',
    });
  }

  async insert(manager: EntityManager, items: readonly PaymentWorkItem[]): Promise<void> {
    await this.write(
      manager,
      items.map(({ paymentId, silent, previousOrder }) => ({
        id: newId(),
        payment_id: paymentId,
        silent,
        previous_mode: previousOrder?.mode,
        previous_merchant: previousOrder?.merchant,
        previous_order_id: previousOrder?.orderId,
      })),
    );
  }

  /**
   * Deletes at most `limit` rows, oldest first, and returns them; only the row `id` where it is given. Rows that another
   * process takes are left out.
   */
  async take(manager: EntityManager, limit: number, id: string | null = null): Promise<PaymentWorkItem[]> {
    const [rows] = await manager.query<[Row[], number]>(
      `DELETE FROM ${this.table} WHERE id IN (SELECT id FROM ${this.table}
         WHERE ${IS_DUE}${id === null ? '' : ' AND id = $2'} ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)
       RETURNING payment_id, silent, previous_mode, previous_merchant, previous_order_id`,
      id === null ? [limit] : [limit, id],
    );
    return rows.map((row) => ({
      paymentId: row.payment_id,
      silent: row.silent,
      previousOrder: previousOrderOf(row),
    }));
  }

  /** At most `limit` rows that could be taken now, oldest first. */
  findDue(manager: EntityManager, limit: number): Promise<{ id: string; paymentId: string }[]> {
    return manager.query(
      `SELECT id, payment_id AS "paymentId" FROM ${this.table} WHERE ${IS_DUE} ORDER BY id LIMIT $1`,
      [limit],
    );
  }

  /** Lets a row wait that failed: 1 second after the first failure, twice as long after each further one, at most an hour. */
  async postpone(manager: EntityManager, id: string): Promise<void> {
    await manager.query(
      `UPDATE ${this.table} SET attempts = attempts + 1,
         retry_at = now() + least(3600, power(2, least(attempts, 12))) * interval '1 second'
       WHERE id = $1`,
      [id],
    );
  }

  /** For `/stats`: SQL that counts the rows that can be taken now. */
  get pendingSql(): string {
    return `(SELECT count(*) FROM ${this.table} WHERE retry_at IS NULL OR retry_at <= now())`;
  }

  /** For `/stats`: SQL that counts the rows that wait after a failure. */
  get scheduledSql(): string {
    return `(SELECT count(*) FROM ${this.table} WHERE retry_at > now())`;
  }
}

const previousOrderOf = ({
  previous_mode: mode,
  previous_merchant: merchant,
  previous_order_id: orderId,
}: Row): OrderOfPayment | null => (mode === null || orderId === null ? null : { mode, merchant, orderId });
