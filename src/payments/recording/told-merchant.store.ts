import type { EntityManager } from 'typeorm';

/** With more merchants than this, the endpoints are those of a platform, and none of them is the only one. */
const MAX_MERCHANTS = 100;

/** How many of a merchant's newest payments are searched for one of the account. */
const NEWEST = 1_000;

/**
 * The merchant that the payments of an account name, where they name only one; else null. The search walks from one
 * merchant to the next in the index on merchants, so its cost does not grow with the number of payments.
 */
export async function findOnlyMerchant(
  manager: EntityManager,
  { gateway, account }: { readonly gateway: string; readonly account: string },
): Promise<string | null> {
  const rows = await manager.query<{ merchant: string; known: number }[]>(MERCHANTS, [gateway, account]);
  const [only] = rows;
  return only !== undefined && rows.length === 1 && only.known <= MAX_MERCHANTS ? only.merchant : null;
}

const MERCHANTS = `WITH RECURSIVE merchants (merchant, place) AS (
    (SELECT merchant, 1 FROM payments WHERE merchant IS NOT NULL ORDER BY merchant LIMIT 1)
    UNION ALL
    SELECT next.merchant, place + 1 FROM merchants, LATERAL (
      SELECT payment.merchant FROM payments payment WHERE payment.merchant > merchants.merchant
      ORDER BY payment.merchant LIMIT 1) AS next
    WHERE place <= ${MAX_MERCHANTS})
  SELECT merchant, (SELECT max(place) FROM merchants) AS known FROM merchants
  WHERE EXISTS (
    SELECT FROM (SELECT gateway, account FROM payments payment WHERE payment.merchant = merchants.merchant
      ORDER BY id DESC LIMIT ${NEWEST}) AS newest
    WHERE gateway = $1 AND account = $2)
  LIMIT 2`;
