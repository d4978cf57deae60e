import type pg from 'pg';

/** The status of a notification in the database; null where the database is unavailable, which some faults cause on purpose. */
export async function readNotificationStatus(db: pg.Pool, notificationId: string): Promise<string | null> {
  try {
    const { rows } = await db.query<{ status: string }>('SELECT status FROM notifications WHERE id = $1', [
      notificationId,
    ]);
    return rows[0]?.status ?? null;
  } catch {
    return null;
  }
}
