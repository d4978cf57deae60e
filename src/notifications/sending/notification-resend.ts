import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { newId } from '../../platform/database/new-id.js';
import { findStuck, releaseStuck, type StuckRange, type StuckStatus } from '../notification-resend.store.js';
import { type DryRunCounts, SendingDryRun } from './sending-dry-run.js';

const BATCH = 100;
/** A dry run holds the orders of a batch, and looks at the oldest messages only. */
const MAX_DRY_RUN = 1_000;

/** Which messages are sent again. */
export interface ResendRequest {
  readonly statuses: readonly StuckStatus[];
  /** Null for every channel. */
  readonly channel: string | null;
}

export interface ResendDryRun extends DryRunCounts {
  /** There are more messages. The numbers are those of the oldest 1,000. */
  more: boolean;
}

/**
 * Gives messages that did not go out to the workers once more: they decide on each again, and send what is still true. A
 * message that was sent is never among them.
 */
@Injectable()
export class NotificationResend {
  constructor(
    private readonly db: DataSource,
    private readonly sending: SendingDryRun,
  ) {}

  /** Resolves with the number of messages that are due now. Two calls at once release each message once. */
  async release(request: ResendRequest): Promise<number> {
    let released = 0;
    await walk(request, async (range) => {
      const ids = await releaseStuck(this.db.manager, range, BATCH);
      released += ids.length;
      return ids;
    });
    return released;
  }

  /** Decides on the messages in transactions that are rolled back. Sends and changes nothing. */
  async dryRun(request: ResendRequest): Promise<ResendDryRun> {
    const counts: ResendDryRun = { sends: 0, undecided: 0, suppressed: new Map(), more: false };
    let seen = 0;
    await walk(request, async (range) => {
      if (seen >= MAX_DRY_RUN) {
        counts.more ||= (await findStuck(this.db.manager, range, 1)).length > 0;
        return [];
      }
      const ids = await this.countBatch(range, counts);
      seen += ids.length;
      return ids;
    });
    return counts;
  }

  private async countBatch(range: StuckRange, counts: DryRunCounts): Promise<string[]> {
    const session = this.db.createQueryRunner();
    try {
      await session.startTransaction();
      const ids = await releaseStuck(session.manager, range, BATCH);
      await this.sending.countDecisions(session.manager, ids, counts);
      return ids;
    } finally {
      if (session.isTransactionActive) await session.rollbackTransaction();
      await session.release();
    }
  }
}

/** Calls `take` for one batch after the other, oldest first. `take` returns the ids of its batch, in their order. */
async function walk(
  { statuses, channel }: ResendRequest,
  take: (range: StuckRange) => Promise<readonly string[]>,
): Promise<void> {
  for (const status of statuses) {
    // What becomes stuck meanwhile is not taken, so that the walk ends.
    const upTo = newId();
    let after: string | null = null;
    do {
      const ids: readonly string[] = await take({ status, channel, after, upTo });
      after = ids.length < BATCH ? null : (ids.at(-1) ?? null);
    } while (after !== null);
  }
}
