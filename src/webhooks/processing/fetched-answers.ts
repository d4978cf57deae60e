import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { findErasedKeys } from '../../payments/index.js';
import { findMerchantOfAnswers, toAskedDelivery } from '../inbox/asked-delivery.js';
import { GatewayNotConfiguredError } from '../inbox/stored-delivery.reader.js';
import { reviveByAnswer } from '../inbox/delivery-duplicates.store.js';
import { insertDeliveries } from '../inbox/delivery.store.js';
import { completeHints, type ClaimedHints } from '../inbox/hint.store.js';
import { erasePayloads } from '../inbox/delivery-payload.store.js';
import { dropErasedUnreported, type UnreportedMessage } from '../inbox/drop-erased-payloads.js';
import type { FetchOutcome } from '../gateways/gateway.js';
import { GatewayRegistry } from '../gateways/gateway-registry.js';
import { PayloadCipher } from '../inbox/payload-cipher.js';
import { processedDeliveries } from '../webhook.metrics.js';

export type FetchedAnswer = Extract<FetchOutcome, { kind: 'answer' }>;

/** Stores a gateway's answer about its hints as a delivery of its own. */
@Injectable()
export class FetchedAnswers {
  constructor(
    private readonly db: DataSource,
    private readonly registry: GatewayRegistry,
    private readonly cipher: PayloadCipher,
  ) {}

  /**
   * Stores the answer and completes its hints, in one commit. An answer whose key is stored already is not stored again, but
   * a delivery with that key that is parked or dead is taken up with it.
   * @throws GatewayNotConfiguredError; LeaseLostError when another process has claimed one of the hints since.
   */
  async store(hints: ClaimedHints, lease: string, answer: FetchedAnswer): Promise<void> {
    const gateway = this.registry.gateway(hints.gateway);
    const account = this.registry.account(hints.gateway, hints.account);
    if (!gateway || !account) throw new GatewayNotConfiguredError();
    const { delivery, interpreted } = toAskedDelivery(gateway, account, {
      raw: answer.raw,
      provenance: 'fetched',
      observedAt: answer.observedAt ?? null,
      receivedAt: new Date(),
      causedBy: hints.ids[0] ?? null,
      merchant: await findMerchantOfAnswers(this.db.manager, gateway, account),
      headers: answer.headers,
    });
    const { content } = interpreted;
    await this.db.transaction(async (manager) => {
      const inserted = await insertDeliveries(manager, [delivery], this.cipher);
      const id = inserted.size === 0 ? await reviveByAnswer(manager, delivery, this.cipher) : delivery.id;
      await completeHints(manager, hints.ids, lease);
      const reported =
        content.kind === 'reports' ? content.reports.map((report) => ({ ...hints, ...report })) : [];
      if ((await findErasedKeys(manager, reported)).length > 0) await erasePayloads(manager, hints.ids);
      await dropErasedUnreported(manager, [
        ...(content.kind === 'reports' || id === null ? [] : [{ ...delivery, id, bytes: delivery.raw }]),
        ...toUnreportedHints(hints),
      ]);
    });
    processedDeliveries.inc({ gateway: hints.gateway, outcome: 'processed' }, hints.ids.length);
  }
}

/** Hints as they are searched for erased customers: by what they ask about, without their bytes. */
export const toUnreportedHints = ({ ids, gateway, account, hint_order }: ClaimedHints): UnreportedMessage[] =>
  ids.map((id) => ({ id, gateway, account, hintOrder: hint_order, headers: [], bytes: Buffer.of() }));
