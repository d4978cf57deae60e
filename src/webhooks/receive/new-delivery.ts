import { newId } from '../../platform/database/new-id.js';
import type { NewDelivery } from '../inbox/delivery.store.js';
import { maskHeaders } from './masked-headers.js';
import { issuesIn, isPartial, type InterpretedMessage } from '../message/interpret-message.js';
import type { InterpretedWebhook } from './webhook-body.pipe.js';

/** The row a received message becomes. */
export function toNewDelivery({
  gateway,
  account,
  raw,
  rawHeaders,
  receivedAt,
  interpreted: reading,
}: InterpretedWebhook): NewDelivery {
  const id = newId();
  const { content: says } = reading;
  const faults = issuesIn(says);
  return {
    id,
    gateway: account.gateway,
    account: account.account,
    key: reading.key ?? `hint:${id}`,
    eventId: reading.eventId,
    eventType: reading.type,
    provenance: 'received',
    causedBy: null,
    verdict: gateway.fetch ? 'hint' : 'verified',
    status: STATUS_BY_CONTENT[says.kind],
    headers: maskHeaders(rawHeaders, account.secrets),
    raw,
    errors: faults?.issues ?? null,
    moreErrors: faults?.more ?? 0,
    partial: isPartial(says),
    hintOrder: says.kind === 'hint' ? says.orderId : null,
    receivedAt,
  };
}

const STATUS_BY_CONTENT = {
  reports: 'pending',
  hint: 'pending',
  ignored: 'ignored',
  invalid: 'parked',
} as const satisfies Record<InterpretedMessage['content']['kind'], NewDelivery['status']>;
