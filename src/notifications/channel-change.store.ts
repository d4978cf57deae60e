import type { DataSource } from 'typeorm';
import { SQLSTATE, sqlState } from '../platform/database/sqlstate.js';
import { UNSENT_MAIL } from './channels/unsent-mail.js';

/* The statements on pending messages of channels that are no longer in force. */

/** Why a message is not sent: its channel is no longer in force, and another channel has the same message. */
const CHANNEL_OFF = 'channel_off';

/** A process that starts with other settings leaves the messages of the processes before it alone for so long. */
const LEFT_FOR = `interval '1 minute'`;

// A stand-in sends nothing, so that nobody is waited for before its messages are handed to a channel that does.
const IS_LEFT = `status = 'pending' AND channel <> ALL ($1::text[])
  AND due_at <= now() - CASE WHEN channel = '${UNSENT_MAIL.name}' THEN interval '0' ELSE ${LEFT_FOR} END
  AND (leased_until IS NULL OR leased_until < now())`;

/** The ids of at most `limit` messages that are due on no channel in force, the longest due first. */
export async function findLeftMessages(
  db: DataSource,
  inForce: readonly string[],
  limit: number,
): Promise<string[]> {
  const rows = await db.query<{ id: string }[]>(
    `SELECT id FROM notifications WHERE ${IS_LEFT} ORDER BY due_at LIMIT $2`,
    [inForce, limit],
  );
  return rows.map(({ id }) => id);
}

/** The kinds that tell of the same success: a payment has one of them. */
const SUCCESS_KINDS = `('payment_received', 'receipt')`;

const HAND_OVER = `UPDATE notifications AS message SET channel = $3 WHERE id = $2 AND ${IS_LEFT}
  AND (kind NOT IN ${SUCCESS_KINDS} OR NOT EXISTS (
    SELECT FROM notifications AS other WHERE other.payment_id = message.payment_id AND other.channel = $3
      AND other.kind IN ${SUCCESS_KINDS}))`;

/**
 * Hands a message to another channel; ends it as suppressed where that channel has the same message, or another one about
 * the same success. Changes nothing where it was sent meanwhile.
 */
export async function handOver(
  db: DataSource,
  id: string,
  inForce: readonly string[],
  channel: string,
): Promise<void> {
  try {
    const [, handed] = await db.query<[unknown, number]>(HAND_OVER, [inForce, id, channel]);
    if (handed === 1) return;
  } catch (error) {
    if (sqlState(error) !== SQLSTATE.uniqueViolation) throw error;
  }
  await db.query(
    `UPDATE notifications SET status = 'suppressed', reason = $3, lease = NULL, leased_until = NULL
     WHERE id = $2 AND ${IS_LEFT}`,
    [inForce, id, CHANNEL_OFF],
  );
}
