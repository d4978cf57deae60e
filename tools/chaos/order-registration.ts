import { setTimeout as sleep } from 'node:timers/promises';
import { orderPath, type OrderPlan } from './order-plan.js';
import type { ChaosStage } from './stage.js';

const RESPONSE_TIMEOUT_MS = 2_000;
const GIVE_UP_AFTER_MS = 60_000;

/** Registers an order as a shop does: the same request again until it is answered, and cancels it where that is planned. */
export async function registerOrder(stage: ChaosStage, order: OrderPlan): Promise<void> {
  await askUntilDone(stage, orderPath(order), { method: 'PUT', body: JSON.stringify(order.terms) });
  if (order.canceled) await askUntilDone(stage, orderPath(order, '/cancel'), { method: 'POST' });
}

/** Throws at an answer that asking again cannot change, and after 60 s. */
async function askUntilDone(stage: ChaosStage, path: string, init: RequestInit): Promise<void> {
  const end = performance.now() + GIVE_UP_AFTER_MS;
  let last = 'nothing';
  while (performance.now() < end) {
    try {
      const answer = await stage.askApi(path, { ...init, signal: AbortSignal.timeout(RESPONSE_TIMEOUT_MS) });
      last = `${answer.status} ${await answer.text()}`;
      if (answer.ok) return;
      if (answer.status < 500 && answer.status !== 429) break;
    } catch (error) {
      last = String(error);
    }
    await sleep(60);
  }
  throw new Error(`${init.method} ${path} was not done; the last answer was: ${last}`);
}
