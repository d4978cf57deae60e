import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { ProcessRole } from '../../platform/config/process-role.js';
import { FEATURES, type PayhookFeature } from '../../platform/features/index.js';
import { PollingLoop } from '../../platform/jobs/index.js';
import { findPaymentIdsAfter } from '../../payments/index.js';

/** Payments per transaction. */
const BATCH_SIZE = 100;
/** Another process may be at work, or have ended: looks again after a minute. */
const IDLE_MS = 60_000;

/**
 * Gives features the payments that were stored without them, oldest first. One process at a time works for a
 * feature. Each batch is one transaction that also records how far it came, so an interrupted start continues there.
 */
@Injectable()
export class CatchUp implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly loop = new PollingLoop('CatchUp', () => this.step(), IDLE_MS);
  private readonly unfinished: PayhookFeature[];

  constructor(
    private readonly db: DataSource,
    private readonly role: ProcessRole,
    @Inject(FEATURES) features: readonly PayhookFeature[],
  ) {
    this.unfinished = features.filter((feature) => feature.catchUp !== undefined);
  }

  async onApplicationBootstrap(): Promise<void> {
    const names = this.unfinished.map(({ name }) => name);
    if (this.role.works) await forgetOthers(this.db, names);
    if (names.length === 0) return;
    await this.db.query(
      `INSERT INTO feature_progress (feature) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING`,
      [names],
    );
    if (this.role.works) this.loop.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.loop.stop();
  }

  /** One batch for the first feature that is not finished; resolves with 0 where none is left, or another process works. */
  private async step(): Promise<number> {
    const [feature] = this.unfinished;
    if (feature === undefined) return 0;
    const result = await this.db.transaction((manager) => takeBatch(manager, feature));
    if (result === 'finished') this.unfinished.shift();
    return result === 'busy' ? 0 : 1;
  }
}

/**
 * This process tells other features nothing of what it records. They begin anew when a process that has them starts. A
 * process beside this one that still takes payments in for such a feature ends with that: nothing is left to be finished.
 */
const forgetOthers = (db: DataSource, names: readonly string[]): Promise<unknown> =>
  db.query(`DELETE FROM feature_progress WHERE feature <> ALL ($1::text[])`, [names]);

async function takeBatch(
  manager: EntityManager,
  feature: PayhookFeature,
): Promise<'busy' | 'finished' | 'more'> {
  const [progress] = await manager.query<{ last: string | null; finished: boolean }[]>(
    `SELECT last_payment_id AS last, finished_at IS NOT NULL AS finished FROM feature_progress
     WHERE feature = $1 FOR UPDATE SKIP LOCKED`,
    [feature.name],
  );
  if (progress === undefined) return 'busy';
  if (progress.finished) return 'finished';
  const ids = await findPaymentIdsAfter(manager, progress.last, BATCH_SIZE);
  if (ids.length > 0) await feature.catchUp?.(manager, ids);
  const isLast = ids.length < BATCH_SIZE;
  await manager.query(
    `UPDATE feature_progress SET last_payment_id = coalesce($2, last_payment_id),
       finished_at = CASE WHEN $3 THEN now() END
     WHERE feature = $1`,
    [feature.name, ids.at(-1) ?? null, isLast],
  );
  return isLast ? 'finished' : 'more';
}

/** Whether a feature still takes in payments that were stored before it, or has not begun. */
export async function isCatchingUp(db: DataSource, feature: string): Promise<boolean> {
  const rows = await db.query<unknown[]>(
    `SELECT FROM feature_progress WHERE feature = $1 AND finished_at IS NOT NULL`,
    [feature],
  );
  return rows.length === 0;
}
