import { deriveExpectedOrder, type ExpectedOrder } from './expected-order.js';
import { orderPath, type OrderPlan } from './order-plan.js';
import type { Judgement } from './judgement.js';
import type { ChaosStage } from './stage.js';

/** An order as the service shows it, and how often each of its events was published. */
export interface SeenOrder extends Omit<ExpectedOrder, 'events'> {
  events: Readonly<Record<string, number>>;
}

/** Compares the orders of a round with what follows from the events of their payments. */
export async function judgeOrders(
  stage: ChaosStage,
  plans: readonly OrderPlan[],
  judgement: Judgement,
): Promise<void> {
  for (const plan of plans) {
    const shown = await stage
      .readApi<{ id: string } & Omit<SeenOrder, 'events'>>(orderPath(plan))
      .catch(() => null);
    if (shown === null) judgement.lost.push(`order ${plan.orderId} is not there`);
    else compareOrder(plan, { ...shown, events: await countEvents(stage, shown.id) }, judgement);
  }
}

/** Notes what differs from the independent model. Pure except for `judgement`. */
export function compareOrder(
  plan: OrderPlan,
  seen: SeenOrder,
  { lost, wrong, duplicated }: Pick<Judgement, 'lost' | 'wrong' | 'duplicated'>,
): void {
  const { events, ...fields } = deriveExpectedOrder(plan);
  const stories = plan.payments.map(({ gateway, story }) => `${gateway} ${story}`).join(', ');
  const name = `order ${plan.orderId} (${stories}; ${JSON.stringify(plan.terms)}, ${plan.when})`;
  for (const [field, must] of Object.entries(fields)) {
    const is = JSON.stringify(seen[field as keyof SeenOrder]);
    if (is !== JSON.stringify(must)) wrong.push(`${name} ${field}: ${is}, not ${JSON.stringify(must)}`);
  }
  for (const event of new Set([...Object.keys(events), ...Object.keys(seen.events)])) {
    const { least, most } = events[event] ?? { least: 0, most: 0 };
    const times = seen.events[event] ?? 0;
    if (times < least) lost.push(`${name} ${event}: ${times} times, at least ${least}`);
    if (times > most) duplicated.push(`${name} ${event}: ${times} times, at most ${most}`);
  }
}

async function countEvents(stage: ChaosStage, id: string): Promise<SeenOrder['events']> {
  const { rows } = await stage.db.query<{ name: string; times: number }>(
    'SELECT name, count(*)::integer AS times FROM domain_events WHERE subject_id = $1 GROUP BY name',
    [id],
  );
  return Object.fromEntries(rows.map(({ name, times }) => [name, times]));
}
