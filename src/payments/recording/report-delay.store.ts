import type { DataSource, EntityManager } from 'typeorm';

/** How long after they occurred these deliveries' reports were received, in seconds: the median; null without a report. */
export async function findMedianDelay(
  db: DataSource | EntityManager,
  deliveryIds: readonly string[],
): Promise<number | null> {
  const [row] = await db.query<{ seconds: number | null }[]>(
    `SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM received_at - occurred_at)) AS seconds
     FROM payment_reports WHERE delivery_id = ANY($1)`,
    [deliveryIds],
  );
  return row?.seconds ?? null;
}
