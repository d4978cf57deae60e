import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { newId } from '../../platform/database/new-id.js';
import { findErasedKeys } from '../../payments/index.js';
import { INITIAL_STATUS } from '../inbox/initial-status.js';
import { laneOf } from '../inbox/lane.js';
import { GatewayNotConfiguredError } from '../inbox/stored-delivery.reader.js';
import { insertDeliveries } from '../inbox/delivery.store.js';
import { completeHints, type ClaimedHints } from '../inbox/hint.store.js';
import { erasePayloads } from '../inbox/delivery-payload.store.js';
import { dropErasedUnreported, type UnreportedMessage } from '../inbox/drop-erased-payloads.js';
import { GatewayRegistry } from '../gateways/gateway-registry.js';
import { parseBody } from '../message/parse-body.js';
import { PayloadCipher } from '../inbox/payload-cipher.js';
import { issuesIn, isPartial, interpretMessage } from '../message/interpret-message.js';
import { processedDeliveries } from '../webhook.metrics.js';

/** Stores a gateway's answer about its hints as a delivery of its own. */
@Injectable()
export class FetchedAnswers {
  constructor(
    private readonly db: DataSource,
    private readonly registry: GatewayRegistry,
    private readonly cipher: PayloadCipher,
  ) {}

  /**
   * Stores the answer and completes its hints, in one commit. An answer whose key is stored already is not stored again.
   * @throws GatewayNotConfiguredError; LeaseLostError when another process has claimed one of the hints since.
   */
  async store(hints: ClaimedHints, lease: string, raw: Buffer): Promise<void> {
    const gateway = this.registry.gateway(hints.gateway);
    const account = this.registry.account(hints.gateway, hints.account);
    if (!gateway || !account) throw new GatewayNotConfiguredError();
    const receivedAt = new Date();
    const headers = { 'content-type': 'application/json' };
    const body = parseBody(raw, headers['content-type'], ['json'], gateway.bigIntegersAsText);
    const { mode, settings } = account;
    const message = { raw, body, headers, receivedAt, provenance: 'fetched', mode, settings } as const;
    const interpreted = interpretMessage(gateway, message);
    const { key, eventId, type, content } = interpreted;
    const found = issuesIn(content);
    const id = newId();
    await this.db.transaction(async (manager) => {
      await insertDeliveries(
        manager,
        [
          {
            id,
            gateway: hints.gateway,
            account: hints.account,
            key: key ?? `fetched:${id}`,
            eventId,
            eventType: type,
            provenance: 'fetched',
            causedBy: hints.ids[0] ?? null,
            verdict: 'fetched',
            status: INITIAL_STATUS[content.kind],
            headers: Object.entries(headers),
            raw,
            errors: found?.issues ?? null,
            moreErrors: found?.more ?? 0,
            partial: isPartial(content),
            hintOrder: null,
            lane: laneOf(hints.gateway, hints.account, interpreted),
            receivedAt,
          },
        ],
        this.cipher,
      );
      await completeHints(manager, hints.ids, lease);
      const reported =
        content.kind === 'reports' ? content.reports.map((report) => ({ ...hints, ...report })) : [];
      if ((await findErasedKeys(manager, reported)).length > 0) await erasePayloads(manager, hints.ids);
      const { gateway: name, account: ofAccount } = hints;
      const answer = { id, gateway: name, account: ofAccount, headers: Object.entries(headers), bytes: raw };
      await dropErasedUnreported(manager, [
        ...(content.kind === 'reports' ? [] : [answer]),
        ...toUnreportedHints(hints),
      ]);
    });
    processedDeliveries.inc({ gateway: hints.gateway, outcome: 'processed' }, hints.ids.length);
  }
}

/** Hints as they are searched for erased customers: by their order alone, without their bytes. */
export const toUnreportedHints = ({ ids, gateway, account, hint_order }: ClaimedHints): UnreportedMessage[] =>
  ids.map((id) => ({ id, gateway, account, hintOrder: hint_order, headers: [], bytes: Buffer.of() }));
