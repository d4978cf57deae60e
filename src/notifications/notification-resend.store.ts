import type { DataSource, EntityManager } from 'typeorm';

/*
 * The statements about messages that did not go out, and that an operator may have sent: dead ones, and held ones. A held
 * message is pending, and its last attempt met a fault of the settings (`ChannelSettingsError`).
 */

export type StuckStatus = 'dead' | 'held';

const IS_HELD = `status = 'pending' AND starts_with(last_error, 'ChannelSettingsError')`;
const CONDITIONS: Readonly<Record<StuckStatus, string>> = {
  dead: `status = 'dead'`,
  held: `${IS_HELD} AND (leased_until IS NULL OR leased_until < now())`,
};

/** Which messages, in steps by their ids: after `after`, up to `upTo`. */
export interface StuckRange {
  readonly status: StuckStatus;
  /** Null for every channel. */
  readonly channel: string | null;
  readonly after: string | null;
  readonly upTo: string;
}

const inRange = (status: StuckStatus): string => `SELECT id FROM notifications
  WHERE ${CONDITIONS[status]} AND id <= $1 AND ($2::uuid IS NULL OR id > $2) AND ($3::text IS NULL OR channel = $3)
  ORDER BY id LIMIT $4`;

const parametersOf = ({ upTo, after, channel }: StuckRange, limit: number): unknown[] => [
  ...[upTo, after, channel, limit],
];

/** The ids of at most `limit` messages, in their order. */
export async function findStuck(manager: EntityManager, range: StuckRange, limit: number): Promise<string[]> {
  const rows = await manager.query<{ id: string }[]>(inRange(range.status), parametersOf(range, limit));
  return rows.map(({ id }) => id);
}

/**
 * Makes at most `limit` messages due at once, dead ones with all their attempts, and returns their ids in their order.
 * A message that another transaction decides at the moment is left out, and so is one that is not stuck any more.
 */
export async function releaseStuck(
  manager: EntityManager,
  range: StuckRange,
  limit: number,
): Promise<string[]> {
  const [rows] = await manager.query<[{ id: string }[], number]>(
    `UPDATE notifications SET status = 'pending', due_at = now(),
       attempts = CASE WHEN status = 'dead' THEN 0 ELSE attempts END,
       last_error = CASE WHEN status = 'dead' THEN NULL ELSE last_error END
     WHERE id IN (${inRange(range.status)} FOR UPDATE SKIP LOCKED) RETURNING id`,
    parametersOf(range, limit),
  );
  return rows.map(({ id }) => id).sort();
}

/** Whether any message, of whatever status, is stored for the channel. */
export async function hasMessages(manager: EntityManager, channel: string): Promise<boolean> {
  const rows = await manager.query<unknown[]>('SELECT FROM notifications WHERE channel = $1 LIMIT 1', [
    channel,
  ]);
  return rows.length > 0;
}

/** The messages that a channel holds until an operator changes a setting. */
export interface HeldMessages {
  readonly channel: string;
  readonly messages: number;
  /** The most frequent reason. */
  readonly reason: string;
  /** When the oldest of them was scheduled. */
  readonly since: Date;
}

/** By channel. Reads pending messages only. */
export const findHeldMessages = (db: DataSource): Promise<HeldMessages[]> =>
  db.query<HeldMessages[]>(
    `SELECT channel, count(*)::integer AS messages, mode() WITHIN GROUP (ORDER BY last_error) AS reason,
       min(created_at) AS since
     FROM notifications WHERE ${IS_HELD} GROUP BY channel ORDER BY channel`,
  );
