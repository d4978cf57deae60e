import type { EntityManager } from 'typeorm';
import {
  hasErasedPayments,
  findErasedKeys,
  findErasedMentions,
  type PaymentReported,
} from '../../payments/index.js';
import { dropPayloads, erasePayloads } from './delivery-payload.store.js';
import { extractPossibleNames, type SearchedMessage } from '../message/person-mentions.js';

/** Of payments whose customer was erased, what was told is taken in without the person, and the bytes are not kept. */
export async function dropErasedPayloads(
  manager: EntityManager,
  reports: readonly PaymentReported[],
): Promise<void> {
  const told = reports.map(({ payload: { gateway, account, deliveryId, report } }) => ({
    gateway,
    account,
    gatewayPaymentId: report.gatewayPaymentId,
    deliveryId,
  }));
  const erased = await findErasedKeys(manager, told);
  await erasePayloads(
    manager,
    erased.map(({ deliveryId }) => deliveryId),
  );
}

/** A message that made no report, or was given up, with all that may name a payment. */
export interface UnreportedMessage extends SearchedMessage {
  id: string;
  /** The order of a hint; empty for any other delivery. */
  hintOrder?: string | null;
}

/**
 * Does the same for messages that are ignored, parked or dead: their bytes go where they name a payment or an order
 * whose customer was erased. One short look where nobody ever was. To be called when they are stored with that status,
 * in the same transaction or after it. Answers of how many the bytes are gone.
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
