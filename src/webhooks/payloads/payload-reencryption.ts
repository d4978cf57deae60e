import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ProcessRole } from '../../platform/config/process-role.js';
import { tryJobLock } from '../../platform/database/advisory-locks.js';
import { SecretCipher } from '../../platform/encryption/secret-cipher.js';
import { FEATURES, type PayhookFeature } from '../../platform/features/index.js';
import { DataSource, type EntityManager } from 'typeorm';
import { PollingLoop } from '../../platform/jobs/index.js';
import { describeError } from '../../platform/logging/describe-error.js';
import { RefusalRetention } from '../refusals/refusal-retention.js';
import {
  countUnderOtherKeys,
  findPayloadsUnder,
  findPlainPayloads,
  replacePayloads,
  type KeyedPayload,
} from '../inbox/payload-key.store.js';
import { PayloadUnreadableError } from '../inbox/payload-cipher.errors.js';
import { PayloadCipher } from '../inbox/payload-cipher.js';
import { payloadsElsewhere } from './payload.metrics.js';

const ROUND_INTERVAL_MS = 10 * 60_000;
const LOWEST_ID = '00000000-0000-0000-0000-000000000000';

/** Position of a round: the key whose payloads are re-encrypted (null: plain payloads), and the last row that was done. */
interface RoundPosition {
  key: string | null;
  after: string;
}

/**
 * Re-encrypts every payload, and the secrets of the features, under the newest key, so that older keys can be removed, and reports how many are left. Works
 * in batches of a few rows and skips locked rows. An advisory lock lets only one process work at a time.
 */
@Injectable()
export class PayloadReencryption implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(PayloadReencryption.name);
  readonly loop = new PollingLoop('PayloadResealer', () => this.step(), ROUND_INTERVAL_MS);
  /** The remaining positions of this round; empty between rounds. */
  private positions: RoundPosition[] = [];
  /** Number of plain payloads that were skipped; null before the first round. New payloads are never plain. */
  private plainRemaining: number | null = null;
  private lastReport = '';

  constructor(
    private readonly db: DataSource,
    private readonly role: ProcessRole,
    private readonly cipher: PayloadCipher,
    private readonly secrets: SecretCipher,
    private readonly refusals: RefusalRetention,
    @Inject(FEATURES) private readonly features: readonly PayhookFeature[],
  ) {}

  onApplicationBootstrap(): void {
    if (this.role.works) this.loop.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.loop.stop();
  }

  /** Re-encrypts one batch. 0 means that the round is over, or that another process holds the lock. */
  private async step(): Promise<number> {
    if (this.positions.length === 0) this.startRound();
    const place = this.positions[0];
    if (!place) return this.reportProgress();
    const worked = await this.db.transaction((manager) => this.reencryptBatch(manager, place));
    if (!worked) return 0;
    if (worked.upTo === null) this.positions.shift();
    else place.after = worked.upTo;
    if (place.key === null) this.plainRemaining = (this.plainRemaining ?? 0) + worked.left;
    return this.positions.length > 0 ? 1 : this.reportProgress();
  }

  private startRound(): void {
    if (this.cipher.newestKey === null) return;
    const keys: (string | null)[] = [...this.cipher.olderKeys];
    if (this.plainRemaining !== 0) keys.push(null);
    this.plainRemaining = this.plainRemaining === 0 ? 0 : null;
    this.positions = keys.map((key) => ({ key, after: LOWEST_ID }));
  }

  private async reencryptBatch(
    manager: EntityManager,
    { key, after }: RoundPosition,
  ): Promise<{ upTo: string | null; left: number } | null> {
    if (!(await tryJobLock(manager, 'reseal payloads'))) return null;
    const { rows, upTo } =
      key === null ? await findPlainPayloads(manager, after) : await findPayloadsUnder(manager, key, after);
    const anew = rows.flatMap((row) => this.reencrypt(row));
    const replaced = anew.length > 0 ? await replacePayloads(manager, anew) : 0;
    return { upTo, left: rows.length - replaced };
  }

  /** Empty for a payload that cannot be decrypted. It stays as it is and counts as left. */
  private reencrypt(row: KeyedPayload): KeyedPayload[] {
    try {
      return [{ ...row, ...this.cipher.encrypt(row.id, this.cipher.decrypt(row)) }];
    } catch (error) {
      if (!(error instanceof PayloadUnreadableError)) throw error;
      this.logger.warn(`the payload of delivery ${row.id} stays as it is: ${describeError(error)}`);
      return [];
    }
  }

  private async reportProgress(): Promise<0> {
    await this.refusals.reencryptAll();
    const counts = new Map(await countUnderOtherKeys(this.db.manager, this.cipher.newestKey));
    for (const feature of this.features)
      for (const [key, count] of (await feature.reencrypt?.(this.db.manager, this.secrets)) ?? [])
        counts.set(key, (counts.get(key) ?? 0) + count);
    const older = this.cipher.olderKeys;
    const inUse = [...counts].filter(([key]) => older.includes(key));
    const missing = [...counts].filter(([key]) => !older.includes(key));
    payloadsElsewhere.set({ under: 'older_key' }, sum(inUse));
    payloadsElsewhere.set({ under: 'missing_key' }, sum(missing));
    payloadsElsewhere.set({ under: 'no_key' }, this.plainRemaining ?? 0);
    const free = older.filter((key) => !counts.has(key));
    const words = [
      ...inUse.map(([key, count]) => `${count} payloads are still under the older key ${key}`),
      ...missing.map(([key, count]) => `${count} payloads cannot be read: PAYLOAD_KEYS lacks ${key}`),
      ...free.map((key) => `no payload is under ${key} any more: it may leave PAYLOAD_KEYS`),
    ].join('; ');
    if (words !== '' && words !== this.lastReport) this.logger.warn(words);
    this.lastReport = words;
    return 0;
  }
}

const sum = (counts: readonly [string, number][]): number =>
  counts.reduce((total, [, count]) => total + count, 0);
