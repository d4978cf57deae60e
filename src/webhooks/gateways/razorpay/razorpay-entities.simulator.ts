import type { StoryEvent, StoryStep } from '../../../simulator/gateway-simulator.js';
import type { RazorpayEntity } from './razorpay-api.simulator.js';
import { dispute, payment, refund } from './razorpay.simulator.js';

const STATUSES: Partial<Record<StoryStep, string>> = {
  failed: 'failed',
  authorized: 'authorized',
  succeeded: 'captured',
};

/** What Razorpay's API has of a payment after these events of its story: the payment, its refunds and its disputes. */
export function razorpayEntitiesAfter(events: readonly StoryEvent[]): RazorpayEntity[] {
  const first = events[0];
  const stage = events.findLast(({ kind }) => STATUSES[kind] !== undefined);
  if (!first || !stage) return [];
  const refunded = events.findLast(({ kind }) => kind.startsWith('refund_'));
  const own: Readonly<Record<string, unknown>> = { ...payment(stage, STATUSES[stage.kind] ?? 'captured') };
  const back: Readonly<Record<string, unknown>> = refunded ? { ...payment(refunded, 'captured') } : {};
  const { amount_refunded = 0, refund_status = null } = back;
  const status = refund_status === 'full' ? 'refunded' : own.status;
  const begun = { created_at: Math.floor(first.occurredAt.getTime() / 1000) };
  return [
    { ...own, amount_refunded, refund_status, status, ...begun } as unknown as RazorpayEntity,
    ...lastOfEach(events, 'refund_', refund),
    ...lastOfEach(events, 'dispute_', dispute),
  ];
}

/** Each refund or dispute as its last event left it, made when its first event happened. */
function lastOfEach(
  events: readonly StoryEvent[],
  family: 'refund_' | 'dispute_',
  write: (event: StoryEvent) => object,
): RazorpayEntity[] {
  const entities = new Map<string, RazorpayEntity>();
  for (const event of events.filter(({ kind }) => kind.startsWith(family))) {
    const written = write(event) as RazorpayEntity;
    const { created_at } = entities.get(written.id) ?? written;
    entities.set(written.id, { ...written, created_at });
  }
  return [...entities.values()];
}
