import { Inject, Injectable, Logger } from '@nestjs/common';
import { isIP } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { ENV } from '../../platform/config/config.module.js';
import type { Env } from '../../platform/config/env.js';
import { createBulkInsert } from '../../platform/database/bulk-insert.js';
import { FailureReporter } from '../../platform/jobs/index.js';
import { describeError } from '../../platform/logging/describe-error.js';
import { addressGroup } from './address-group.js';
import { DiagnosisBudget } from './diagnosis-budget.js';
import {
  diagnoseRefusal,
  toUndiagnosed,
  type RefusalDiagnosis,
  type UnverifiedRequest,
} from './refusal-diagnosis.js';
import { GatewayRegistry } from '../gateways/gateway-registry.js';
import type { RefusalReason } from '../gateways/gateway.js';
import { maskKnownSecrets } from '../receive/masked-headers.js';
import { PayloadCipher } from '../inbox/payload-cipher.js';
import { RefusalSampler } from './refusal-sampler.js';

/** A refused request as the door saw it. Nothing in it is text of the sender's but the body. */
export interface RefusedRequest {
  /** One that is known, or `unknown`. */
  gateway: string;
  account: string | null;
  /** As it was answered, and why it would have been refused anyway. */
  reason: RefusalReason;
  originalReason: RefusalReason;
  address: string;
  /** Null where it was not read to its end. */
  raw: Buffer | null;
  unverified: UnverifiedRequest | null;
}

interface SampledRefusal extends RefusedRequest {
  id: string;
  receivedAt: Date;
}

/** How large a body may be to be looked at more closely: a payment's are a few kB. */
const MAX_DIAGNOSED_BYTES = 32 * 1024;
/** How many rows wait for a database that is away; the newest stay. */
const MAX_UNWRITTEN_ROWS = 1_000;
/** How many bodies are held until they are looked at. */
const MAX_UNDIAGNOSED = 20;

const COLUMNS = {
  id: 'uuid',
  gateway: 'text',
  account: 'text',
  reason: 'text',
  verdict: 'jsonb',
  address: 'text',
  size: 'integer',
  body: 'bytea',
  body_key: 'text',
  received_at: 'timestamptz',
} as const;

type Row = Record<keyof typeof COLUMNS, unknown>;

const insertRefusals = createBulkInsert('refusals', COLUMNS, { ignoreConflictOn: 'pk_refusals' });

/**
 * Keeps refused requests for operators: a bounded number of them, written and looked at more closely in batches,
 * off the way of the request. A flood is sampled; its counts are kept elsewhere and stay exact.
 */
@Injectable()
export class RefusalLog {
  private readonly logger = new Logger(RefusalLog.name);
  private readonly unwritten = new FailureReporter((cause) =>
    this.logger.warn(`refusals wait for the database: ${cause}`),
  );
  private readonly sampler = new RefusalSampler();
  private readonly budget = new DiagnosisBudget(() => performance.now());
  private waiting: SampledRefusal[] = [];
  private rows: Row[] = [];
  private saving: Promise<void> = Promise.resolve();

  constructor(
    private readonly db: DataSource,
    private readonly registry: GatewayRegistry,
    private readonly cipher: PayloadCipher,
    @Inject(ENV) private readonly env: Env,
  ) {}

  /** Never waits and never throws: the answer is on its way. */
  note(refused: RefusedRequest): void {
    if (this.env.limits.refusalsKept === 0) return;
    const receivedAt = new Date();
    const limited = refused.reason === 'rate_limited';
    const attention = this.sampler.decide(addressGroup(refused.address), limited, receivedAt.getTime());
    if (attention === 'count') return;
    const kept = { ...refused, id: uuidv7({ msecs: receivedAt.getTime() }), receivedAt };
    if (attention === 'examine' && this.waiting.length < MAX_UNDIAGNOSED) this.waiting.push(kept);
    else if (this.rows.length < MAX_UNWRITTEN_ROWS)
      this.rows.push(this.toRow(kept, toUndiagnosed(kept.originalReason)));
  }

  /** Writes what has gathered. Kept for the next time, within bounds, when the database is away. */
  save(): Promise<void> {
    this.saving = this.saving.then(() => this.write());
    return this.saving;
  }

  private async write(): Promise<void> {
    const waiting = this.waiting.splice(0);
    for (const kept of waiting) {
      this.rows.push(this.toRow(kept, await this.diagnose(kept)));
      // Requests come first: between two examinations whatever else waits has its turn.
      await setImmediate();
    }
    const rows = this.rows.splice(0).slice(-MAX_UNWRITTEN_ROWS);
    if (rows.length === 0) return;
    try {
      await insertRefusals(this.db.manager, rows);
      await this.deleteOldest();
      this.unwritten.recordSuccess();
    } catch (error) {
      this.rows.unshift(...rows);
      this.unwritten.recordFailure(error);
    }
  }

  private async diagnose({
    originalReason: because,
    gateway,
    account,
    unverified: unproven,
  }: SampledRefusal): Promise<RefusalDiagnosis> {
    const others = this.registry.accounts(gateway).filter((other) => other.account !== account);
    if (!this.budget.begin()) return toUndiagnosed(because);
    const tooLarge = (unproven?.raw?.length ?? 0) > MAX_DIAGNOSED_BYTES;
    try {
      const seen = unproven && tooLarge ? { ...unproven, raw: null } : unproven;
      return await diagnoseRefusal(because, seen, others, () => this.budget.mayContinue());
    } catch (error) {
      // A gateway that cannot bear a closer look must not keep the other refusals from being written.
      this.logger.warn(`a refusal could not be examined: ${describeError(error)}`);
      return toUndiagnosed(because);
    } finally {
      this.budget.mayContinue();
    }
  }

  private toRow(
    { id, receivedAt, gateway, account, reason, address, raw }: SampledRefusal,
    verdict: RefusalDiagnosis,
  ): Row {
    const body = raw && this.maskSecrets(raw, gateway).subarray(0, this.env.limits.refusalBodyBytes);
    const kept = body?.length ? this.cipher.encrypt(id, body) : null;
    return {
      id,
      gateway,
      account,
      reason,
      verdict,
      // Behind a proxy it is what a header said, which can be anything.
      address: isIP(address) === 0 ? null : address,
      size: raw?.length ?? null,
      body: kept && `\\x${kept.raw.toString('hex')}`,
      body_key: kept?.payloadKey ?? null,
      received_at: receivedAt,
    };
  }

  /** A body may hold the address it was sent to, and some addresses hold a secret. Looked for only where it is kept. */
  private maskSecrets(raw: Buffer, gateway: string): Buffer {
    if (this.env.limits.refusalBodyBytes === 0) return raw;
    const secrets = this.registry.accounts(gateway).flatMap((account) => account.secrets);
    if (!secrets.some((secret) => raw.includes(secret))) return raw;
    return Buffer.from(maskKnownSecrets(raw.toString('latin1'), secrets), 'latin1');
  }

  /** Another process may be at it: what it has locked is left to it. */
  private async deleteOldest(): Promise<void> {
    await this.db.query(
      `DELETE FROM refusals WHERE id IN (
         SELECT id FROM refusals
         WHERE id < (SELECT id FROM refusals ORDER BY id DESC OFFSET $1 - 1 LIMIT 1)
         FOR UPDATE SKIP LOCKED)`,
      [this.env.limits.refusalsKept],
    );
  }
}
