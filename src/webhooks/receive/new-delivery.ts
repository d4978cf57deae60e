import { newId } from '../../platform/database/new-id.js';
import type { NewDelivery } from '../inbox/delivery.store.js';
import { maskedHeaders } from './masked-headers.js';
import { faultsIn, isPartial, type Reading } from '../message/interpret-message.js';
import type { ReadWebhook } from './webhook-body.pipe.js';

/** The row a received message becomes. */
export function newDelivery({
  gateway,
  account,
  raw,
  rawHeaders,
  receivedAt,
  reading,
}: ReadWebhook): NewDelivery {
  const id = newId();
  const { says } = reading;
  const faults = faultsIn(says);
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
    status: STATUS[says.is],
    headers: maskedHeaders(rawHeaders, account.secrets),
    raw,
    errors: faults?.faults ?? null,
    moreErrors: faults?.more ?? 0,
    partial: isPartial(says),
    hintOrder: says.is === 'hint' ? says.orderId : null,
    receivedAt,
  };
}

const STATUS = {
  reports: 'pending',
  hint: 'pending',
  ignored: 'ignored',
  faulty: 'parked',
} as const satisfies Record<Reading['says']['is'], NewDelivery['status']>;
