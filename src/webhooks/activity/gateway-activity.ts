import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { findMedianDelay } from '../../payments/index.js';
import type { GatewayAccount } from '../../platform/config/env.js';
import { GatewayRegistry } from '../gateways/gateway-registry.js';
import { type ActivitySegment, readActivity, readHints } from '../inbox/delivery-activity.store.js';
import { readSummedUpTo } from '../inbox/delivery-summary.store.js';
import { type Activity, addSegment, medianOf, NEVER_HEARD, settleActivity } from './activity.js';
import {
  readSilent,
  readStoredActivity,
  saveActivity,
  type StoredActivity,
} from './gateway-activity.store.js';

/** What is known of an account at this moment. */
export interface AccountActivity extends Activity {
  readonly account: GatewayAccount;
  readonly lagSeconds: number | null;
  readonly silentSince: Date | null;
  /** Its silence was noticed, and may have ended since. */
  readonly isMarkedSilent: boolean;
}

/** An account from which nothing came for longer than it ever took lately. */
interface Silence {
  readonly gateway: string;
  readonly account: string;
  readonly since: Date;
}

/** When each account was last heard: what the job has kept, and what came since. */
@Injectable()
export class GatewayActivity {
  constructor(
    private readonly db: DataSource,
    private readonly registry: GatewayRegistry,
  ) {}

  /** Every configured account, as it is now. */
  async read(now = new Date()): Promise<AccountActivity[]> {
    const recent = await this.readRecent();
    const stored = byAccount(await readStoredActivity(this.db));
    return this.registry.allAccounts().map((account) => {
      const known = stored.get(keyOf(account));
      const segments = recent.filter((segment) => keyOf(segment) === keyOf(account));
      const activity = settleActivity(segments.reduce(addSegment, toActivity(known)), now);
      const silentSince = endedBy(known, activity) ? null : (known?.silentSince ?? null);
      const isMarkedSilent = known?.silentSince != null;
      return { ...activity, account, lagSeconds: known?.lagSeconds ?? null, silentSince, isMarkedSilent };
    });
  }

  /** As {@link read}, with the delay of the newest events measured. */
  async readWithLag(now = new Date()): Promise<AccountActivity[]> {
    const recent = await this.readRecent();
    const accounts = await this.read(now);
    return Promise.all(
      accounts.map(async (one) => ({
        ...one,
        lagSeconds: (await this.lagOf(this.db, recent, one.account)) ?? one.lagSeconds,
      })),
    );
  }

  /** Configured accounts that are silent: noticed by the job, and nothing came since. */
  async readSilent(): Promise<Silence[]> {
    if ((await readSilent(this.db)).length === 0) return [];
    return (await this.read()).flatMap(({ account: { gateway, account }, silentSince }) =>
      silentSince === null ? [] : [{ gateway, account, since: silentSince }],
    );
  }

  /** Adds what came between two ids to what is kept. Called under the lock of the job. */
  async keep(manager: EntityManager, after: string, upTo: string, now: Date): Promise<void> {
    const segments = await readActivity(manager, after, upTo);
    const stored = byAccount(await readStoredActivity(manager));
    for (const { gateway, account } of accountsOf(segments)) {
      const own = segments.filter((segment) => segment.gateway === gateway && segment.account === account);
      const activity = own.reduce(addSegment, toActivity(stored.get(keyOf({ gateway, account }))));
      const lagSeconds = await this.lagOf(manager, own, { gateway, account });
      const { lastEventAt, gaps } = settleActivity(activity, now);
      await saveActivity(manager, { gateway, account, lastEventAt, gaps: { ...gaps }, lagSeconds });
    }
  }

  private async readRecent(): Promise<ActivitySegment[]> {
    return readActivity(this.db, await readSummedUpTo(this.db.manager), null);
  }

  /** Null where none of the newest events of the account says when it occurred. */
  private async lagOf(
    db: DataSource | EntityManager,
    segments: readonly ActivitySegment[],
    account: Pick<GatewayAccount, 'gateway' | 'account'>,
  ): Promise<number | null> {
    const newest = segments.findLast((segment) => keyOf(segment) === keyOf(account));
    if (newest === undefined) return null;
    const { newestIds } = newest;
    return (await findMedianDelay(db, newestIds)) ?? this.delayOfHints(db, newestIds, account);
  }

  /** A hint has no report: what its gateway answers is a delivery of its own, received later. */
  private async delayOfHints(
    db: DataSource | EntityManager,
    ids: readonly string[],
    { gateway }: Pick<GatewayAccount, 'gateway'>,
  ): Promise<number | null> {
    const source = this.registry.gateway(gateway);
    if (source?.hintedAt === undefined) return null;
    const delays = (await readHints(db, ids)).flatMap(({ hint, receivedAt }) => {
      const occurredAt = source.hintedAt?.(hint) ?? null;
      return occurredAt === null ? [] : [(receivedAt.getTime() - occurredAt.getTime()) / 1_000];
    });
    return medianOf(delays);
  }
}

const keyOf = ({ gateway, account }: { gateway: string; account: string }): string => `${gateway}/${account}`;

const byAccount = (rows: readonly StoredActivity[]): ReadonlyMap<string, StoredActivity> =>
  new Map(rows.map((row) => [keyOf(row), row]));

const toActivity = (stored: StoredActivity | undefined): Activity => stored ?? NEVER_HEARD;

const accountsOf = (segments: readonly ActivitySegment[]) => [
  ...new Map(
    segments.map(({ gateway, account }) => [keyOf({ gateway, account }), { gateway, account }]),
  ).values(),
];

/** An event came after the silence was noticed. */
const endedBy = (stored: StoredActivity | undefined, { lastEventAt }: Activity): boolean =>
  stored?.silentSince != null && lastEventAt !== null && lastEventAt > stored.silentSince;
