import type { EntityManager } from 'typeorm';
import {
  hasErasedPayments,
  findErasedKeys,
  findErasedMentions,
  type PaymentReported,
} from '../../payments/index.js';
import { extractPossibleNames, type SearchedMessage } from '../message/person-mentions.js';
import { dropPayloads, erasePayloads } from './delivery-payload.store.js';

/*
 * A gateway may send further messages about a person who was erased. Their payments are updated without the person, and
 * the bytes of these messages are not kept either.
 */

/** For messages that made reports: call it in the transaction that applies the reports. */
export async function dropErasedPayloads(
  manager: EntityManager,
  reports: readonly PaymentReported[],
): Promise<void> {
  const reported = reports.map(({ payload: { gateway, account, deliveryId, report } }) => ({
    gateway,
    account,
    gatewayPaymentId: report.gatewayPaymentId,
    deliveryId,
  }));
  const erased = await findErasedKeys(manager, reported);
  await erasePayloads(
    manager,
    erased.map(({ deliveryId }) => deliveryId),
  );
}

/** A message that made no report (ignored, parked, dead), with everything in it that may name a payment. */
export interface UnreportedMessage extends SearchedMessage {
  id: string;
  /** The order that a hint is about. */
  hintOrder?: string | null;
}

/**
 * For messages that made no report: drops the bytes of those that name a payment or an order whose customer was erased,
 * and returns how many. Call it in the transaction that stores their status, or after it: a message that is pending is
 * left alone. Where nobody was ever erased, it costs one short query.
 */
export async function dropErasedUnreported(
  manager: EntityManager,
  messages: readonly UnreportedMessage[],
): Promise<number> {
  if (messages.length === 0 || !(await hasErasedPayments(manager))) return 0;
  const erased = await findErasedMentions(
    manager,
    messages.map((message) => ({
      gateway: message.gateway,
      account: message.account,
      names: message.hintOrder
        ? [message.hintOrder, ...extractPossibleNames(message)]
        : extractPossibleNames(message),
    })),
  );
  return dropPayloads(
    manager,
    messages.filter((_, at) => erased.has(at)).map(({ id }) => id),
  );
}
