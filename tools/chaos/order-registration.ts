import { askUntilDone } from './ask-until-done.js';
import { orderPath, type OrderPlan } from './order-plan.js';
import type { ChaosStage } from './stage.js';

/** Registers an order as a shop does: the same request again until it is answered, and cancels it where that is planned. */
export async function registerOrder(stage: ChaosStage, order: OrderPlan): Promise<void> {
  await askUntilDone(stage, orderPath(order), { method: 'PUT', body: JSON.stringify(order.terms) });
  if (order.canceled) await askUntilDone(stage, orderPath(order, '/cancel'), { method: 'POST' });
}
