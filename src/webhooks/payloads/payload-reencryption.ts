import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { describeError, WorkLoop } from '../../platform/events/index.js';
import { KeptRefusals } from '../refusals/refusal-retention.js';
import {
  countUnderOtherKeys,
  payloadsUnder,
  plainPayloads,
  replacePayloads,
  type PayloadRow,
} from './payload.store.js';
import { PayloadUnreadableError } from '../inbox/payload-cipher.errors.js';
import { PayloadVault } from '../inbox/payload-cipher.js';
import { payloadsElsewhere } from './payload.metrics.js';

const BETWEEN_ROUNDS_MS = 10 * 60_000;
const LOCK = 'reseal payloads';
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

/** Where a round is: under which key it looks (null: under none), and after which row. */
interface Place {
  key: string | null;
  after: string;
}

/**
 * Brings every payload under the newest key, so that older keys can be removed, and tells how many are left. Works
 * a few rows at a time, in one process at a time, and takes no row that somebody holds.
 */
@Injectable()
export class PayloadResealer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(PayloadResealer.name);
  readonly loop = new WorkLoop('PayloadResealer', () => this.step(), BETWEEN_ROUNDS_MS);
  /** What is left of this round; empty between rounds. */
  private places: Place[] = [];
  /** Plain payloads that were passed over; null before all have been looked for. New ones are never plain. */
  private plainLeft: number | null = null;
  private said = '';

  constructor(
    private readonly db: DataSource,
    private readonly vault: PayloadVault,
    private readonly refusals: KeptRefusals,
  ) {}

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.loop.stop();
  }

  /** One batch; 0 ends the round, or leaves it where it is when another process has the lock. */
  private async step(): Promise<number> {
    if (this.places.length === 0) this.startRound();
    const place = this.places[0];
    if (!place) return this.tell();
    const worked = await this.db.transaction((manager) => this.work(manager, place));
    if (!worked) return 0;
    if (worked.upTo === null) this.places.shift();
    else place.after = worked.upTo;
    if (place.key === null) this.plainLeft = (this.plainLeft ?? 0) + worked.left;
    return this.places.length > 0 ? 1 : this.tell();
  }

  private startRound(): void {
    if (this.vault.newestKey === null) return;
    const keys: (string | null)[] = [...this.vault.olderKeys];
    if (this.plainLeft !== 0) keys.push(null);
    this.plainLeft = this.plainLeft === 0 ? 0 : null;
    this.places = keys.map((key) => ({ key, after: BEFORE_ALL }));
  }

  private async work(
    manager: EntityManager,
    { key, after }: Place,
  ): Promise<{ upTo: string | null; left: number } | null> {
    const [lock] = await manager.query<{ taken: boolean }[]>(
      'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 2)) AS taken',
      [LOCK],
    );
    if (!lock?.taken) return null;
    const { rows, upTo } =
      key === null ? await plainPayloads(manager, after) : await payloadsUnder(manager, key, after);
    const anew = rows.flatMap((row) => this.sealedAnew(row));
    const replaced = anew.length > 0 ? await replacePayloads(manager, anew) : 0;
    return { upTo, left: rows.length - replaced };
  }

  /** Nothing for a row that cannot be read: it stays as it is, and counts as left. */
  private sealedAnew(row: PayloadRow): PayloadRow[] {
    try {
      return [{ ...row, ...this.vault.seal(row.id, this.vault.open(row)) }];
    } catch (error) {
      if (!(error instanceof PayloadUnreadableError)) throw error;
      this.logger.warn(`the payload of delivery ${row.id} stays as it is: ${describeError(error)}`);
      return [];
    }
  }

  private async tell(): Promise<0> {
    await this.refusals.reseal();
    const counts = await countUnderOtherKeys(this.db.manager, this.vault.newestKey);
    const older = this.vault.olderKeys;
    const inUse = [...counts].filter(([key]) => older.includes(key));
    const missing = [...counts].filter(([key]) => !older.includes(key));
    payloadsElsewhere.set({ under: 'older_key' }, sum(inUse));
    payloadsElsewhere.set({ under: 'missing_key' }, sum(missing));
    payloadsElsewhere.set({ under: 'no_key' }, this.plainLeft ?? 0);
    const free = older.filter((key) => !counts.has(key));
    const words = [
      ...inUse.map(([key, count]) => `${count} payloads are still under the older key ${key}`),
      ...missing.map(([key, count]) => `${count} payloads cannot be read: PAYLOAD_KEYS lacks ${key}`),
      ...free.map((key) => `no payload is under ${key} any more: it may leave PAYLOAD_KEYS`),
    ].join('; ');
    if (words !== '' && words !== this.said) this.logger.warn(words);
    this.said = words;
    return 0;
  }
}

const sum = (counts: readonly [string, number][]): number =>
  counts.reduce((total, [, count]) => total + count, 0);
