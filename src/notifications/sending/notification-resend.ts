import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { newId } from '../../platform/database/new-id.js';
import { CHANNELS, type MessageChannel } from '../channels/channel.js';
import {
  findStuck,
  hasMessages,
  releaseStuck,
  type StuckRange,
  type StuckStatus,
} from '../notification-resend.store.js';
import { type DryRunCounts, SendingDryRun } from './sending-dry-run.js';

const BATCH = 100;
/** A dry run holds its messages until it has counted them, so it looks at the oldest only. */
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
    @Inject(CHANNELS) private readonly channels: readonly MessageChannel[],
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

  /** Decides on the messages in one transaction that is rolled back. Sends and changes nothing, and waits for nobody. */
  async dryRun(request: ResendRequest): Promise<ResendDryRun> {
    const counts: ResendDryRun = { sends: 0, undecided: 0, suppressed: new Map(), more: false };
    const session = this.db.createQueryRunner();
    try {
      await session.startTransaction();
      const { ids, more } = await releaseForDryRun(session.manager, request);
      counts.more = more;
      await this.sending.countDecisions(session.manager, ids, counts);
      return counts;
    } finally {
      if (session.isTransactionActive) await session.rollbackTransaction();
      await session.release();
    }
  }

  /** False for a name that is no channel in force and that no message has: a message can have no such channel. */
  async isChannel(name: string): Promise<boolean> {
    return this.channels.some((channel) => channel.name === name) || hasMessages(this.db.manager, name);
  }
}

/** Makes at most `MAX_DRY_RUN` messages due. Returns their ids in their order, as the messages are decided. */
async function releaseForDryRun(
  manager: EntityManager,
  { statuses, channel }: ResendRequest,
): Promise<{ ids: string[]; more: boolean }> {
  const ids: string[] = [];
  let more = false;
  for (const status of statuses) {
    const range: StuckRange = { status, channel, after: null, upTo: newId() };
    const released = await releaseStuck(manager, range, MAX_DRY_RUN - ids.length);
    ids.push(...released);
    if (ids.length === MAX_DRY_RUN)
      more ||= (await findStuck(manager, { ...range, after: released.at(-1) ?? null }, 1)).length > 0;
  }
  return { ids: ids.sort(), more };
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
