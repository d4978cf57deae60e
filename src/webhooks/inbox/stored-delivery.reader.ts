import { Injectable } from '@nestjs/common';
import { ReportableError } from '../../platform/logging/reportable-error.js';
import type { StoredDelivery } from './delivery-replay.store.js';
import type { UnreportedMessage } from './drop-erased-payloads.js';
import { GatewayRegistry } from '../gateways/gateway-registry.js';
import { parseBody } from '../message/parse-body.js';
import { PayloadCipher } from './payload-cipher.js';
import { interpretMessage, type InterpretedMessage } from '../message/interpret-message.js';

/** The webhook secrets of a delivery's gateway or account were taken out of the configuration after it was stored. */
export class GatewayNotConfiguredError extends ReportableError {
  constructor() {
    super('its gateway or account is no longer configured: set its WEBHOOK_SECRETS_* again');
  }
}

/** Reads stored deliveries again from their bytes: the one way from a row to what it says. */
@Injectable()
export class StoredDeliveryReader {
  constructor(
    private readonly registry: GatewayRegistry,
    private readonly cipher: PayloadCipher,
  ) {}

  /** As it is searched for those who were erased. Throws when the bytes cannot be decrypted. */
  toUnreported(delivery: Omit<StoredDelivery, 'replay' | 'silent'>): UnreportedMessage {
    const { id, gateway, account, headers } = delivery;
    const bytes = this.cipher.decrypt({ ...delivery, payloadKey: delivery.payload_key });
    return { id, gateway, account, headers, bytes };
  }

  /** Throws {@link GatewayNotConfiguredError}, or when the bytes cannot be decrypted. */
  interpret(delivery: StoredDelivery): InterpretedMessage {
    const gateway = this.registry.gateway(delivery.gateway);
    const account = this.registry.account(delivery.gateway, delivery.account);
    if (!gateway || !account) throw new GatewayNotConfiguredError();
    const raw = this.cipher.decrypt({ ...delivery, payloadKey: delivery.payload_key });
    const headers = Object.fromEntries(delivery.headers.map(([name, value]) => [name.toLowerCase(), value]));
    return interpretMessage(gateway, {
      raw,
      body: parseBody(raw, headers['content-type'], gateway.contentTypes, gateway.bigIntegersAsText),
      headers,
      provenance: delivery.provenance,
      mode: account.mode,
      settings: account.settings,
      receivedAt: delivery.received_at,
    });
  }
}
