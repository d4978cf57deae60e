import { Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { type LoggedEvent, publishOperatorNotice } from '../feature.js';
import { missedNotice } from './operator-notices.js';
import { missedEvents } from './subscription.metrics.js';
import type { Subscription } from './subscription.entity.js';

const logger = new Logger('subscriptions');

/** What a subscriber reads next of the log. */
export interface NextPart {
  /** The position behind which it reads. */
  readonly after: string;
  /** Every event from there on that is kept, up to `end`. */
  readonly events: readonly LoggedEvent[];
  readonly end: string;
}

/** Positions have no gap: how many events behind `after` were removed by age before they were read. Pure. */
export function countMissed({ after, events: [first], end }: NextPart): number {
  return Number(first === undefined ? end : BigInt(first.position) - 1n) - Number(after);
}

/** Tells the operator of events that a subscriber will never be sent, because they were removed by age. Once for each gap. */
export async function tellOfMissed(
  manager: EntityManager,
  subscription: Subscription,
  part: NextPart,
): Promise<void> {
  const events = countMissed(part);
  if (events <= 0) return;
  const { id } = subscription;
  const key = `subscription:${id}:missed:${part.after}`;
  const before = part.events[0]?.timestamp ?? null;
  if (!(await publishOperatorNotice(manager, key, missedNotice(subscription, { events, before })))) return;
  logger.warn(`subscription ${id}: ${events} events were removed by age before they were read for it`);
  missedEvents.inc(events);
}
