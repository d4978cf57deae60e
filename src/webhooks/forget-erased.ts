import type { EntityManager } from 'typeorm';
import { erasedAmong, type PaymentReported } from '../payments/index.js';
import { erasePayloads } from './payloads.js';

/** Of payments whose customer was erased, what was told is taken in without the person, and the bytes are not kept. */
export async function forgetErased(
  manager: EntityManager,
  reports: readonly PaymentReported[],
): Promise<void> {
  const told = reports.map(({ payload: { gateway, account, deliveryId, report } }) => ({
    gateway,
    account,
    gatewayPaymentId: report.gatewayPaymentId,
    deliveryId,
  }));
  const erased = await erasedAmong(manager, told);
  await erasePayloads(
    manager,
    erased.map(({ deliveryId }) => deliveryId),
  );
}
