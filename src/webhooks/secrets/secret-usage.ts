import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { DataSource } from 'typeorm';
import type { GatewayAccount } from '../../platform/config/env.js';
import { createBulkInsert } from '../../platform/database/bulk-insert.js';
import { FailureReporter } from '../../platform/jobs/index.js';
import { secretFingerprint } from './secret-fingerprint.js';

const FLUSH_INTERVAL_MS = 1_000;
const COLUMNS = { gateway: 'text', account: 'text', mark: 'text', last_matched_at: 'timestamptz' } as const;

const writeUses = createBulkInsert('secret_uses', COLUMNS, {
  updateConflictOn: 'pk_secret_uses',
  updateColumns: ['last_matched_at'],
});

/** A secret as it is shown to operators. */
export interface SecretUsageEntry {
  gateway: string;
  account: string;
  /** Position in the configuration; 0 is the newest. */
  position: number;
  mark: string;
  lastMatchedAt: Date | null;
}

/**
 * Remembers when each secret last verified a request, so that operators see when an old secret can be removed. Kept in
 * memory and written once per second; a crash loses at most 1 s.
 */
@Injectable()
export class SecretUsage implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(SecretUsage.name);
  private readonly unwritten = new FailureReporter((cause) =>
    this.logger.warn(`uses of secrets wait for the database: ${cause}`),
  );
  private unsaved = new Map<GatewayAccount, Map<number, Date>>();
  private timer: NodeJS.Timeout | undefined;
  private saving: Promise<void> = Promise.resolve();
  private fingerprintKey: Buffer | null = null;

  constructor(private readonly db: DataSource) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.save(), FLUSH_INTERVAL_MS).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.save();
  }

  /** Notes a use. `position` is the position of the secret in the account's list, as the verification returns it. */
  recordMatch(account: GatewayAccount, position: number, at: Date): void {
    const times = this.unsaved.get(account) ?? new Map<number, Date>();
    const known = times.get(position);
    if (!known || known < at) times.set(position, at);
    this.unsaved.set(account, times);
  }

  /** All secrets of these accounts with their last use in any process. */
  async list(accounts: readonly GatewayAccount[]): Promise<SecretUsageEntry[]> {
    await this.save();
    const key = await this.readFingerprintKey();
    const rows = await this.db.query<{ gateway: string; account: string; mark: string; at: Date }[]>(
      `SELECT gateway, account, mark, last_matched_at AS at FROM secret_uses`,
    );
    const seen = new Map(
      rows.map(({ gateway, account, mark, at }) => [usageKey(gateway, account, mark), at]),
    );
    return accounts.flatMap((owner) =>
      owner.secrets.map((secret, position) => {
        const { gateway, account } = owner;
        const mark = secretFingerprint(key, owner, secret);
        return {
          gateway,
          account,
          position,
          mark,
          lastMatchedAt: seen.get(usageKey(gateway, account, mark)) ?? null,
        };
      }),
    );
  }

  /** Writes the remembered uses. If the database is unavailable, they stay for the next call. */
  save(): Promise<void> {
    this.saving = this.saving.then(() => this.write());
    return this.saving;
  }

  /** The installation's key. It never changes, so it is read once. If two processes create it at once, the first one wins. */
  private async readFingerprintKey(): Promise<Buffer> {
    if (this.fingerprintKey) return this.fingerprintKey;
    const made = async (): Promise<Buffer | undefined> =>
      (await this.db.query<{ key: Buffer }[]>(`SELECT mark_key AS key FROM installation`))[0]?.key;
    const known = await made();
    if (known) return (this.fingerprintKey = known);
    await this.db.query(
      `INSERT INTO installation (id, mark_key) VALUES (1, $1) ON CONFLICT ON CONSTRAINT pk_installation DO NOTHING`,
      [randomBytes(32)],
    );
    const kept = await made();
    if (!kept) throw new Error('the table installation has no row');
    return (this.fingerprintKey = kept);
  }

  private async write(): Promise<void> {
    const unsaved = this.unsaved;
    if (unsaved.size === 0) return;
    this.unsaved = new Map();
    try {
      await writeUses(this.db.manager, toRows(await this.readFingerprintKey(), unsaved));
      this.unwritten.recordSuccess();
    } catch (error) {
      for (const [account, times] of unsaved)
        for (const [position, at] of times) this.recordMatch(account, position, at);
      this.unwritten.recordFailure(error);
    }
  }
}

/** Sorted in the same order in every process, so that two processes never deadlock. */
function toRows(markKey: Buffer, unsaved: ReadonlyMap<GatewayAccount, ReadonlyMap<number, Date>>) {
  const rows = [...unsaved].flatMap(([owner, times]) =>
    [...times].map(([position, at]) => ({
      gateway: owner.gateway,
      account: owner.account,
      mark: secretFingerprint(markKey, owner, owner.secrets[position] ?? ''),
      last_matched_at: at,
    })),
  );
  const key = ({ gateway, account, mark }: (typeof rows)[number]): string => usageKey(gateway, account, mark);
  return rows.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

const usageKey = (gateway: string, account: string, mark: string): string => `${gateway} ${account} ${mark}`;
