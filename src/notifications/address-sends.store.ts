import type { EntityManager } from 'typeorm';
import { toArrayLiteral } from '../platform/database/columns.js';
import { prepared } from '../platform/database/prepared.js';
import { type AddressUse, PHONE_PATTERN } from './scheduling/address-limit.js';

/* The statement that looks for the messages to an address. What writes to `notifications` is in notification.store.ts. */

/**
 * As `canonicalAddress` does it: the collation "C" lowers A to Z alone. `ix_notifications_address` has the same expression.
 */
const canonical = (address: string): string => `CASE WHEN ${address} ~ '${PHONE_PATTERN}'
  THEN regexp_replace(${address}, '[^0-9]', '', 'g') ELSE lower(${address} COLLATE "C") END`;

// `status <> 'suppressed'` names the condition of `ix_notifications_address`. With `status = 'pending'` the planner may
// read every pending message instead. More than `limit` makes no difference, so that a busy address costs no more.
const alertsTo = (condition: string): string => `SELECT count(*)::integer AS n FROM (
    SELECT FROM notifications WHERE (${canonical('recipient')}) = given.address AND recipient IS NOT NULL
      AND status <> 'suppressed' AND channel = $4 AND kind = ANY ($2) AND ${condition} LIMIT $3) AS alerts`;

const ADDRESS_USES = prepared(`SELECT given.address, recent.n AS sent, leased.n AS "underWay"
  FROM unnest($1::text[]) AS given (address)
  CROSS JOIN LATERAL (${alertsTo(`sent_at > now() - interval '1 hour'`)}) AS recent
  CROSS JOIN LATERAL (${alertsTo(`sent_at IS NULL AND leased_until > now()`)}) AS leased`);

/**
 * How many messages of these kinds went to each address by the channel within the last hour, and how many are being sent,
 * each counted up to `limit`. The addresses are canonical. The caller holds the locks of the addresses, in a transaction with `LOOK_UP_SETTINGS`.
 */
export async function readAddressUses(
  manager: EntityManager,
  addresses: readonly string[],
  { channel, kinds, limit }: { channel: string; kinds: readonly string[]; limit: number },
): Promise<ReadonlyMap<string, AddressUse>> {
  if (addresses.length === 0) return new Map();
  const rows = await manager.query<(AddressUse & { address: string })[]>(ADDRESS_USES, [
    toArrayLiteral(addresses),
    toArrayLiteral(kinds),
    limit,
    channel,
  ]);
  return new Map(rows.map(({ address, ...use }) => [address, use]));
}
