import { Logger } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';
import { publishOperatorNotice } from '../../feature.js';
import { databaseTime } from '../database-time.js';
import {
  aboutEvent,
  type DispatchRow,
  giveUpPending,
  holdLater,
  releaseHeld,
  saveDispatches,
} from '../dispatch.store.js';
import { endedNotice, pausedNotice } from '../operator-notices.js';
import type { DispatchEnd } from '../sending/dispatch-end.js';
import type { Stop } from '../rules/stop-rule.js';
import { lockSending, saveProgress, type SendingProgress } from '../sending-progress.store.js';
import { stopSending } from '../subscription.store.js';
import { dispatchesEnded, dispatchSeconds } from '../subscription.metrics.js';
import type { Subscription } from '../subscription.entity.js';
import { partsOf } from './answer-room.js';
import type { EndedJob, Unsaved } from './job.js';

const logger = new Logger('subscriptions');

/**
 * Writes what ended at all subscribers in one transaction: the dispatches, the places in the log, and what follows for the
 * subscriptions. Where it fails nothing is written, and the same call may be repeated.
 */
export async function saveUnsaved(db: DataSource, unsaved: readonly Unsaved[]): Promise<void> {
  await db.transaction(async (manager) => {
    // Whoever sends again or changes a subscription waits here, so that neither misses what the other one writes.
    const orderedIds = await lockSending(manager, [
      ...new Set(unsaved.map(({ subscription }) => subscription.id)),
    ]);
    const now = await databaseTime(manager);
    const rows = unsaved.flatMap((one) => rowsOf(one, now, orderedIds.has(one.subscription.id)));
    for (const part of partsOf(rows, ({ answer }) => answer?.length ?? 0))
      await saveDispatches(manager, part, now);
    const ordered = unsaved.filter(({ subscription }) => orderedIds.has(subscription.id));
    // An earlier event may be sent again since the try was started.
    await holdLater(
      manager,
      ordered.flatMap((one) => subjectsOf(one, ({ status }) => status === 'pending')),
    );
    await releaseHeld(
      manager,
      ordered.flatMap((one) => subjectsOf(one, ({ status }) => status !== 'pending')),
    );
    const overBefore = await saveProgress(manager, lastOfEach(unsaved.map(progressOf)));
    for (const { subscription, stop } of unsaved)
      if (stop !== null) await stopSubscription(manager, subscription, stop, now);
    // The end of a try that was under way when its subscription ended.
    for (const id of overBefore) await giveUpPending(manager, id);
  });
  for (const one of unsaved.flatMap(({ ended }) => ended)) count(one);
}

function count({ job, end, endedAt }: EndedJob): void {
  dispatchesEnded.inc({ outcome: end.status });
  if (end.status !== 'delivered') return;
  dispatchSeconds.observe(Math.max(0, endedAt.getTime() - job.event.timestamp.getTime()) / 1_000);
}

/** What was held waits only if the subscription is still ordered. */
function rowsOf({ subscription, ended, held }: Unsaved, now: Date, isOrdered: boolean): DispatchRow[] {
  const ofEnded = ended.map(({ job, end }): DispatchRow => ({
    ...aboutEvent(subscription, job.event),
    status: end.status,
    attempts: job.attempts + 1,
    dueAt: end.delayMs === null ? null : new Date(now.getTime() + end.delayMs),
    httpStatus: end.httpStatus,
    reason: end.reason,
    answer: end.answer,
  }));
  const ofHeld = held.map((event): DispatchRow => ({
    ...aboutEvent(subscription, event),
    ...{ status: 'pending', attempts: 0, dueAt: isOrdered ? null : now },
    ...{ httpStatus: null, reason: null, answer: null },
  }));
  return [...ofHeld, ...ofEnded];
}

const subjectsOf = ({ subscription, ended }: Unsaved, isMeant: (end: DispatchEnd) => boolean) =>
  ended
    .filter(({ end }) => isMeant(end))
    .map(({ job }) => ({ subscriptionId: subscription.id, subjectId: job.event.subjectId }));

function progressOf({ subscription, ended, position }: Unsaved): SendingProgress {
  const lastSuccess = ended.findLastIndex(({ end }) => end.status === 'delivered');
  const after: readonly EndedJob[] = ended.slice(lastSuccess + 1);
  return {
    subscriptionId: subscription.id,
    position,
    lastSuccessAt: ended[lastSuccess]?.endedAt ?? null,
    failingFrom: after[0]?.endedAt ?? null,
    deadSince: after.filter(({ end, isLate }) => end.status === 'dead' && !isLate).length,
  };
}

/** Two parts of one subscriber are here where the first could not be written. */
function lastOfEach(progress: readonly SendingProgress[]): SendingProgress[] {
  const byId = new Map<string, SendingProgress>();
  for (const one of progress) {
    const before = byId.get(one.subscriptionId);
    const isReset = one.lastSuccessAt !== null || before === undefined;
    byId.set(one.subscriptionId, {
      ...one,
      lastSuccessAt: one.lastSuccessAt ?? before?.lastSuccessAt ?? null,
      failingFrom: isReset ? one.failingFrom : (before.failingFrom ?? one.failingFrom),
      deadSince: isReset ? one.deadSince : before.deadSince + one.deadSince,
    });
  }
  return [...byId.values()];
}

async function stopSubscription(
  manager: EntityManager,
  subscription: Subscription,
  { reason, url }: Stop,
  now: Date,
): Promise<void> {
  const { id } = subscription;
  if (!(await stopSending(manager, id, { reason, url }))) return;
  if (reason === 'gone') {
    logger.warn(`subscription ${id} has ended: the subscriber answered 410`);
    await giveUpPending(manager, id);
    await publishOperatorNotice(manager, `subscription:${id}:gone`, endedNotice(subscription));
  } else {
    logger.warn(`subscription ${id} is paused: five events in a row were given up`);
    const key = `subscription:${id}:paused:${now.toISOString()}`;
    await publishOperatorNotice(manager, key, pausedNotice(subscription));
  }
}
