import type { EntityManager } from 'typeorm';

/*
 * Which payments of an account a reconciliation asks its gateway about. The statements read payments in the order of
 * their ids and need no index of their own, which every webhook would pay for: a chunk of 20,000 payments is bounded
 * work, and the caller goes on behind it.
 */

/** How many payments one statement reads at most, whatever it finds. */
export const PAYMENTS_PER_CHUNK = 20_000;

/** How many of them one statement returns at most. */
const MOST_FOUND = 500;

/** A payment that may be asked about. */
export interface AskablePayment {
  id: string;
  gatewayPaymentId: string;
  gatewayOrderId: string | null;
  merchant: string | null;
}

/** A chunk of all payments after `after` (null: from the first), and those of it that were searched for. */
export interface PaymentChunk {
  readonly found: readonly AskablePayment[];
  /** Where the next chunk begins; null where no payment is left. */
  readonly last: string | null;
}

interface ChunkSearch {
  readonly gateway: string;
  readonly account: string;
  readonly after: string | null;
}

/** A payment that failed later than `failedSince` may still be paid. */
export const findUnfinishedPayments = (
  manager: EntityManager,
  search: ChunkSearch & { readonly failedSince: Date },
): Promise<PaymentChunk> => findInChunk(manager, UNFINISHED, search, search.failedSince);

/** Payments that began at `since` or later, and whose order at the gateway is known. */
export const findPaymentsWithOrder = (
  manager: EntityManager,
  search: ChunkSearch & { readonly since: Date },
): Promise<PaymentChunk> => findInChunk(manager, WITH_ORDER, search, search.since);

async function findInChunk(
  manager: EntityManager,
  statement: string,
  { gateway, account, after }: ChunkSearch,
  since: Date,
): Promise<PaymentChunk> {
  const [row] = await manager.query<[{ last: string | null; found: AskablePayment[] | null }]>(statement, [
    after,
    gateway,
    account,
    since,
  ]);
  const found = row.found ?? [];
  return { found, last: found.length < MOST_FOUND ? row.last : (found.at(-1)?.id ?? null) };
}

const searchSql = (condition: string): string => `WITH chunk AS MATERIALIZED (
    SELECT id, gateway, account, gateway_payment_id, gateway_order_id, merchant, amount, state, status, refunds, disputes,
      created_at, updated_at
    FROM payments WHERE $1::uuid IS NULL OR id > $1 ORDER BY id LIMIT ${PAYMENTS_PER_CHUNK})
  SELECT (SELECT id FROM chunk ORDER BY id DESC LIMIT 1) AS last,
    (SELECT json_agg(json_build_object('id', id, 'gatewayPaymentId', gateway_payment_id,
        'gatewayOrderId', gateway_order_id, 'merchant', merchant) ORDER BY id)
     FROM (SELECT * FROM chunk WHERE gateway = $2 AND account = $3 AND (${condition})
       ORDER BY id LIMIT ${MOST_FOUND}) AS picked) AS found`;

/**
 * What `isFinal` (projection/fact-changes.ts) says of the columns, and how long a failure may still be followed. A payment
 * without an amount is known from a refund or a dispute alone: nothing of its own was ever told.
 */
const UNFINISHED = searchSql(`state IN ('processing', 'authorized') OR (state = 'failed' AND updated_at > $4)
  OR amount IS NULL
  OR refunds @> '[{"status": "pending"}]' OR disputes @> '[{"status": "open"}]'`);

const WITH_ORDER = searchSql(`created_at >= $4 AND gateway_order_id IS NOT NULL`);
