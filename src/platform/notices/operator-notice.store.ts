import type { DataSource, EntityManager } from 'typeorm';
import { tryJobLock } from '../database/advisory-locks.js';
import { newId } from '../database/new-id.js';
import { MAX_REASON_LENGTH, toStoredText } from '../database/stored-text.js';
import { LeasedTable } from '../jobs/index.js';
import type { NoticeContent } from './operator-notice.entity.js';

/* Every statement on the table operator_notices. */

/** More mails a day would be read by nobody; what comes on top is in the log and in the table. */
export const MAX_NOTICES_PER_DAY = 20;

/** A notice that is being sent. */
export interface LeasedNotice {
  readonly id: string;
  readonly content: NoticeContent;
  readonly attempts: number;
  /** How many notices were sent in the 24 h before. */
  readonly sentToday: number;
}

export const OPERATOR_NOTICE_TABLE = new LeasedTable<LeasedNotice>({
  table: 'operator_notices',
  dueAt: 'due_at',
  rowsOfJob: 'id = $1',
  keyOf: ({ id }) => [id],
});

/**
 * Tells the operator something, once for each key: it is mailed by a worker after the commit. False where the key was used
 * before. A key is at most 500 characters, and names the occasion: `silence:stripe:default:2026-11-26T10:00:00.000Z`.
 */
export async function publishOperatorNotice(
  manager: EntityManager,
  key: string,
  content: NoticeContent,
): Promise<boolean> {
  const rows = await manager.query<unknown[]>(
    `INSERT INTO operator_notices (id, key, content, status, attempts, due_at, created_at)
     VALUES ($1, left($2, 500), $3, 'pending', 0, now(), now())
     ON CONFLICT ON CONSTRAINT uq_operator_notices_key DO NOTHING RETURNING id`,
    [newId(), key, JSON.stringify(content, storedTexts)],
  );
  return rows.length === 1;
}

/** A sentence may name what a gateway told, such as the names of events. */
const storedTexts = (_key: string, value: unknown): unknown =>
  typeof value === 'string' ? toStoredText(value, MAX_REASON_LENGTH) : value;

/**
 * Claims the notice that is due for the longest time. One process claims at a time, so that the number of notices a day is
 * counted right; the others get none.
 */
export function claimNotice(db: DataSource, lease: string, leaseMs: number): Promise<LeasedNotice[]> {
  return db.transaction(async (manager) => {
    const [isDue] = await manager.query<unknown[]>(`${DUE} LIMIT 1`);
    if (isDue === undefined || !(await tryJobLock(manager, 'operator notices'))) return [];
    const [rows] = await manager.query<[LeasedNotice[], number]>(
      `UPDATE operator_notices SET lease = $1, leased_until = now() + $2 * interval '1 millisecond',
         attempts = attempts + 1
       WHERE id = (${DUE} ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
       RETURNING id, content, attempts, (SELECT count(*)::integer FROM operator_notices
         WHERE status = 'sent' AND sent_at > now() - interval '24 hours') AS "sentToday"`,
      [lease, leaseMs],
    );
    return rows;
  });
}

const DUE = `SELECT id FROM operator_notices
  WHERE status = 'pending' AND due_at <= now() AND (leased_until IS NULL OR leased_until < now())`;

/** Ends a notice. Changes nothing when the lease was lost. */
export async function endNotice(
  db: DataSource,
  id: string,
  lease: string,
  end: { readonly status: 'sent' | 'suppressed'; readonly reason: string | null },
): Promise<void> {
  await db.query(
    `UPDATE operator_notices SET status = $3, reason = $4, lease = NULL, leased_until = NULL, last_error = NULL,
       sent_at = CASE WHEN $3 = 'sent' THEN now() END
     WHERE id = $1 AND lease = $2`,
    [id, lease, end.status, end.reason],
  );
}

/** For `PayhookFeature.pending`. */
export const COUNT_OPEN_NOTICES = `
  SELECT (SELECT count(*) FROM operator_notices WHERE status = 'pending') AS pending, 0 AS scheduled,
    (SELECT count(*) FROM operator_notices WHERE status = 'dead') AS dead`;

/** Deletes at most `most` notices created before `before` that are not waiting. Their occasions are long past. */
export async function deleteNoticesBefore(
  manager: EntityManager,
  before: Date,
  most: number,
): Promise<number> {
  const [, deleted] = await manager.query<[unknown, number]>(
    `DELETE FROM operator_notices WHERE id IN (
       SELECT id FROM operator_notices WHERE status <> 'pending' AND created_at < $1
       LIMIT $2 FOR UPDATE SKIP LOCKED)`,
    [before, most],
  );
  return deleted;
}
