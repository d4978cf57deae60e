import { Inject, Injectable, Logger } from '@nestjs/common';
import { isIP } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { ENV } from '../../platform/config/config.module.js';
import type { Env } from '../../platform/config/env.js';
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
import { knownSecretsOf, maskKnownSecrets } from '../secrets/mask-known-secrets.js';
import { PayloadCipher } from '../inbox/payload-cipher.js';
import { RefusalSampler } from './refusal-sampler.js';
import { deleteOldestRefusals, insertRefusals, type RefusalRow } from './refusal.store.js';

/** A refused request. Only the body contains text of the sender. */
export interface RefusedRequest {
  /** A configured gateway, or `unknown`. */
  gateway: string;
  account: string | null;
  /** As it was answered. */
  reason: RefusalReason;
  /** The reason before the limit on refusals may have turned it into `rate_limited`. */
  originalReason: RefusalReason;
  address: string;
  /** Null if the body was not read to its end. */
  raw: Buffer | null;
  unverified: UnverifiedRequest | null;
}

interface SampledRefusal extends RefusedRequest {
  id: string;
  receivedAt: Date;
}

/** Larger bodies are not diagnosed. A payment message has a few kB. */
const MAX_DIAGNOSED_BYTES = 32 * 1024;
/** While the database is unavailable, at most so many of the newest rows wait. */
const MAX_UNWRITTEN_ROWS = 1_000;
/** At most so many bodies wait for their diagnosis. */
const MAX_UNDIAGNOSED = 20;

/**
 * Stores a bounded number of refusals for operators. They are diagnosed and written in batches, outside of the request. A
 * flood is sampled here; its counts are in `refusal_counts` and stay exact.
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
  private rows: RefusalRow[] = [];
  private saving: Promise<void> = Promise.resolve();

  constructor(
    private readonly db: DataSource,
    private readonly registry: GatewayRegistry,
    private readonly cipher: PayloadCipher,
    @Inject(ENV) private readonly env: Env,
  ) {}

  /** Remembers a refusal until the next {@link save}. Synchronous, and never throws, so that the response is not delayed. */
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

  /** Writes all remembered refusals. If the database is unavailable, they wait for the next call, within bounds. */
  save(): Promise<void> {
    this.saving = this.saving.then(() => this.write());
    return this.saving;
  }

  private async write(): Promise<void> {
    const waiting = this.waiting.splice(0);
    for (const kept of waiting) {
      this.rows.push(this.toRow(kept, await this.diagnose(kept)));
      // Requests have priority: other events run between two diagnoses.
      await setImmediate();
    }
    const rows = this.rows.splice(0).slice(-MAX_UNWRITTEN_ROWS);
    if (rows.length === 0) return;
    try {
      await insertRefusals(this.db.manager, rows);
      await deleteOldestRefusals(this.db, this.env.limits.refusalsKept);
      this.unwritten.recordSuccess();
    } catch (error) {
      this.rows.unshift(...rows);
      this.unwritten.recordFailure(error);
    }
  }

  private async diagnose({
    originalReason,
    gateway,
    account,
    unverified,
  }: SampledRefusal): Promise<RefusalDiagnosis> {
    const others = this.registry.accounts(gateway).filter((other) => other.account !== account);
    if (!this.budget.begin()) return toUndiagnosed(originalReason);
    const tooLarge = (unverified?.raw?.length ?? 0) > MAX_DIAGNOSED_BYTES;
    try {
      const request = unverified && tooLarge ? { ...unverified, raw: null } : unverified;
      return await diagnoseRefusal(originalReason, request, others, () => this.budget.mayContinue());
    } catch (error) {
      // A gateway that throws on a hostile request must not prevent the other refusals from being written.
      this.logger.warn(`a refusal could not be diagnosed: ${describeError(error)}`);
      return toUndiagnosed(originalReason);
    } finally {
      this.budget.mayContinue();
    }
  }

  private toRow(
    { id, receivedAt, gateway, account, reason, address, raw }: SampledRefusal,
    verdict: RefusalDiagnosis,
  ): RefusalRow {
    const body = raw && this.maskSecrets(raw, gateway).subarray(0, this.env.limits.refusalBodyBytes);
    const kept = body?.length ? this.cipher.encrypt(id, body) : null;
    return {
      id,
      gateway,
      account,
      reason,
      verdict,
      // Behind a proxy the address comes from a header, which may contain anything.
      address: isIP(address) === 0 ? null : address,
      size: raw?.length ?? null,
      body: kept && `\\x${kept.raw.toString('hex')}`,
      body_key: kept?.payloadKey ?? null,
      received_at: receivedAt,
    };
  }

  /** Masks secrets in a body: it may contain its own URL, and some URLs contain a secret. Skipped if bodies are not stored. */
  private maskSecrets(raw: Buffer, gateway: string): Buffer {
    if (this.env.limits.refusalBodyBytes === 0) return raw;
    const secrets = this.registry
      .accounts(gateway)
      .flatMap((account) => knownSecretsOf(this.registry.gateway(gateway) ?? {}, account));
    if (!secrets.some((secret) => raw.includes(secret))) return raw;
    return Buffer.from(maskKnownSecrets(raw.toString('latin1'), secrets), 'latin1');
  }
}
