import { newId } from '../../platform/database/new-id.js';
import type { NewDelivery } from '../inbox/delivery.store.js';
import { INITIAL_STATUS } from '../inbox/initial-status.js';
import { laneOf } from '../inbox/lane.js';
import type { Gateway } from '../gateways/gateway.js';
import { isPartial, issuesIn, type InterpretedMessage } from '../message/interpret-message.js';
import { knownSecretsOf } from '../secrets/mask-known-secrets.js';
import { maskHeaders } from './masked-headers.js';
import type { InterpretedWebhook } from './webhook-body.pipe.js';

/** The row that a received message is stored as. Its secrets are masked; its body is as received. */
export function toNewDelivery({
  gateway,
  account,
  raw,
  rawHeaders,
  receivedAt,
  interpreted,
}: InterpretedWebhook): NewDelivery {
  const id = newId();
  const { key, eventId, type, content } = interpreted;
  const found = issuesIn(content);
  return {
    id,
    gateway: account.gateway,
    account: account.account,
    key: key ?? `hint:${id}`,
    eventId,
    eventType: type,
    provenance: 'received',
    causedBy: null,
    verdict: isHint(interpreted, gateway) ? 'hint' : 'verified',
    status: INITIAL_STATUS[content.kind],
    headers: maskHeaders(rawHeaders, knownSecretsOf(gateway, account)),
    raw,
    errors: found?.issues ?? null,
    moreErrors: found?.more ?? 0,
    partial: isPartial(content),
    hintOrder: content.kind === 'hint' ? content.hint : null,
    lane: laneOf(account.gateway, account.account, interpreted),
    receivedAt,
  };
}

/**
 * A hint says nothing of a payment itself. Where nothing tells a message of a gateway that can be asked from others
 * (Ippopay), what cannot be read is a hint, too.
 */
const isHint = ({ content, key }: InterpretedMessage, gateway: Gateway): boolean =>
  content.kind === 'hint' || (gateway.fetch !== undefined && key === null);
