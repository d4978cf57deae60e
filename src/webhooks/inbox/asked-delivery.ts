import type { GatewayAccount } from '../../platform/config/env.js';
import { newId } from '../../platform/database/new-id.js';
import type { EntityManager } from 'typeorm';
import { findOnlyMerchant } from '../../payments/index.js';
import { MERCHANT_HEADER } from '../gateways/merchant-of-answer.js';
import type { Gateway, Provenance, VerifiedMessage } from '../gateways/gateway.js';
import {
  interpretMessage,
  isPartial,
  issuesIn,
  type InterpretedMessage,
} from '../message/interpret-message.js';
import { parseBody } from '../message/parse-body.js';
import type { NewDelivery } from './delivery.store.js';
import { INITIAL_STATUS } from './initial-status.js';
import { laneOf } from './lane.js';

/** The header that {@link VerifiedMessage.observedAt} is stored in. It is read back from answers only, never from what was received. */
const OBSERVED_AT = 'payhook-observed-at';

/** JSON that the gateway's API answered, and what it answers. */
export interface Answer {
  raw: Buffer;
  provenance: Exclude<Provenance, 'received'>;
  observedAt: Date | null;
  receivedAt: Date;
  /** The hint that was asked about. */
  causedBy: string | null;
  /** The only merchant of the account, for a gateway whose answers name none ({@link findMerchantOfAnswers}). */
  merchant: string | null;
  /** Further headers to store, see `FetchOutcome`. */
  headers?: Readonly<Record<string, string>>;
}

export interface AskedDelivery {
  delivery: NewDelivery;
  interpreted: InterpretedMessage;
}

/** The row that an answer of the gateway's API is stored as, and what it says. */
export function toAskedDelivery(
  gateway: Gateway,
  { gateway: name, account, mode, settings }: GatewayAccount,
  { raw, provenance, observedAt, receivedAt, causedBy, merchant, headers: further }: Answer,
): AskedDelivery {
  const headers = {
    'content-type': 'application/json',
    ...further,
    ...(merchant !== null && { [MERCHANT_HEADER]: merchant }),
    ...(observedAt && { [OBSERVED_AT]: observedAt.toISOString() }),
  };
  const body = parseBody(raw, headers['content-type'], ['json'], gateway.bigIntegersAsText);
  const message: VerifiedMessage = { raw, body, headers, provenance, observedAt, mode, settings, receivedAt };
  const interpreted = interpretMessage(gateway, message);
  const { key, eventId, type, content } = interpreted;
  const found = issuesIn(content);
  const id = newId();
  const delivery: NewDelivery = {
    id,
    gateway: name,
    account,
    key: key ?? `${provenance}:${id}`,
    eventId,
    eventType: type,
    provenance,
    causedBy,
    verdict: 'fetched',
    status: INITIAL_STATUS[content.kind],
    headers: Object.entries(headers),
    raw,
    errors: found?.issues ?? null,
    moreErrors: found?.more ?? 0,
    partial: isPartial(content),
    hintOrder: content.kind === 'hint' ? content.hint : null,
    lane: laneOf(name, account, interpreted),
    receivedAt,
  };
  return { delivery, interpreted };
}

/** Read before an answer of the account is stored. An endpoint of several merchants has no merchant of its answers. */
export const findMerchantOfAnswers = async (
  manager: EntityManager,
  { answersNameNoMerchant }: Gateway,
  account: GatewayAccount,
): Promise<string | null> => (answersNameNoMerchant ? findOnlyMerchant(manager, account) : null);

/** When the object in a stored message was in this state; null for an event. */
export function observedAtOf(
  provenance: Provenance,
  headers: Readonly<Record<string, string | undefined>>,
): Date | null {
  const text = provenance === 'received' ? undefined : headers[OBSERVED_AT];
  const at = new Date(text ?? Number.NaN);
  return Number.isNaN(at.getTime()) ? null : at;
}
