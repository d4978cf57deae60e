import { Injectable } from '@nestjs/common';
import { ReportableError } from '../../platform/logging/reportable-error.js';
import { GatewayRegistry } from '../gateways/gateway-registry.js';
import { interpretMessage, type InterpretedMessage } from '../message/interpret-message.js';
import { parseBody } from '../message/parse-body.js';
import { interpretStoredConfirmation } from './confirmed-delivery.js';
import { observedAtOf } from './asked-delivery.js';
import type { StoredDelivery } from './delivery-replay.store.js';
import type { UnreportedMessage } from './drop-erased-payloads.js';
import { PayloadCipher } from './payload-cipher.js';

/** The secrets of a delivery's gateway or account were removed from the configuration after the delivery was stored. */
export class GatewayNotConfiguredError extends ReportableError {
  constructor() {
    super('its gateway or account is no longer configured: set its WEBHOOK_SECRETS_* again');
  }
}

/** Interprets stored deliveries again from their bytes, as intake did, with the gateways that are configured now. */
@Injectable()
export class StoredDeliveryReader {
  constructor(
    private readonly registry: GatewayRegistry,
    private readonly cipher: PayloadCipher,
  ) {}

  /**
   * The message as it is searched for erased customers.
   * @throws PayloadUnreadableError when its bytes cannot be decrypted.
   */
  toUnreported(delivery: Omit<StoredDelivery, 'replay' | 'silent'>): UnreportedMessage {
    const { id, gateway, account, headers } = delivery;
    return { id, gateway, account, headers, bytes: this.decrypt(delivery) };
  }

  /**
   * Authenticating headers were masked before they were stored, so a gateway sees them as `***` here.
   * @throws GatewayNotConfiguredError; PayloadUnreadableError when its bytes cannot be decrypted.
   */
  interpret(delivery: StoredDelivery): InterpretedMessage {
    const gateway = this.registry.gateway(delivery.gateway);
    const account = this.registry.account(delivery.gateway, delivery.account);
    if (!gateway || !account) throw new GatewayNotConfiguredError();
    const raw = this.decrypt(delivery);
    if (delivery.provenance === 'confirmed') return interpretStoredConfirmation(raw);
    const headers = Object.fromEntries(delivery.headers.map(([name, value]) => [name.toLowerCase(), value]));
    return interpretMessage(gateway, {
      raw,
      body: parseBody(raw, headers['content-type'], gateway.contentTypes, gateway.bigIntegersAsText),
      headers,
      provenance: delivery.provenance,
      observedAt: observedAtOf(delivery.provenance, headers),
      mode: account.mode,
      settings: account.settings,
      receivedAt: delivery.received_at,
    });
  }

  private decrypt({ id, raw, payload_key }: Pick<StoredDelivery, 'id' | 'raw' | 'payload_key'>): Buffer {
    return this.cipher.decrypt({ id, raw, payloadKey: payload_key });
  }
}
