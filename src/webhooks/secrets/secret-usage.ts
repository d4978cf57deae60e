import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { GatewayAccount } from '../../platform/config/env.js';
import { FailureReporter } from '../../platform/jobs/index.js';
import { secretFingerprint } from './secret-fingerprint.js';
import {
  findSecretUses,
  readOrCreateFingerprintKey,
  writeSecretUses,
  type SecretUseRow,
} from './secret-usage.store.js';

const FLUSH_INTERVAL_MS = 1_000;

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
    const rows = await findSecretUses(this.db);
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

  /** Read from the database once. */
  private async readFingerprintKey(): Promise<Buffer> {
    this.fingerprintKey ??= await readOrCreateFingerprintKey(this.db);
    return this.fingerprintKey;
  }

  private async write(): Promise<void> {
    const unsaved = this.unsaved;
    if (unsaved.size === 0) return;
    this.unsaved = new Map();
    try {
      await writeSecretUses(this.db, toRows(await this.readFingerprintKey(), unsaved));
      this.unwritten.recordSuccess();
    } catch (error) {
      for (const [account, times] of unsaved)
        for (const [position, at] of times) this.recordMatch(account, position, at);
      this.unwritten.recordFailure(error);
    }
  }
}

function toRows(
  fingerprintKey: Buffer,
  unsaved: ReadonlyMap<GatewayAccount, ReadonlyMap<number, Date>>,
): SecretUseRow[] {
  return [...unsaved].flatMap(([owner, times]) =>
    [...times].map(([position, at]) => ({
      gateway: owner.gateway,
      account: owner.account,
      mark: secretFingerprint(fingerprintKey, owner, owner.secrets[position] ?? ''),
      last_matched_at: at,
    })),
  );
}

const usageKey = (gateway: string, account: string, mark: string): string => `${gateway} ${account} ${mark}`;
