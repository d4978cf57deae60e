import { type FeatureJob, publishOperatorNotice } from '../feature.js';
import { Challenge } from './challenge/challenge.js';
import { deleteDispatches } from './dispatch-list.store.js';
import { DispatchEngine } from './engine/dispatch-engine.js';
import { failingNotice } from './operator-notices.js';
import { Redelivery } from './redelivery/redelivery.js';
import { dropPreviousSecrets, findFailing, takeDueChallenges } from './subscription.store.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** An event is sent this much after its commit at the latest, where nothing else holds it up. */
const SEND_IDLE_MS = 50;
const CHALLENGES_PER_STEP = 10;
/** Longer than a challenge takes with its time limit. */
const CHALLENGE_LEASE_MS = 30_000;
const CHALLENGE_IDLE_MS = 500;
const REDELIVER_IDLE_MS = 500;
const FAILING_AFTER_MS = 3_600_000;
const DISPATCHES_KEPT_MS = 30 * DAY_MS;
const DELETED_PER_STEP = 1_000;

const send: FeatureJob = {
  name: 'send',
  idleMs: SEND_IDLE_MS,
  step: (context) => context.get(DispatchEngine).step(),
};

/** Several at a time, so that a URL that hangs holds up few others. */
const challenge: FeatureJob = {
  name: 'challenge',
  idleMs: CHALLENGE_IDLE_MS,
  step: async (context) => {
    const due = await takeDueChallenges(context.db.manager, CHALLENGES_PER_STEP, CHALLENGE_LEASE_MS);
    const asked = await Promise.allSettled(due.map((id) => context.get(Challenge).ask(id)));
    for (const one of asked) if (one.status === 'rejected') throw one.reason;
    return due.length;
  },
};

const redeliver: FeatureJob = {
  name: 'redeliver',
  idleMs: REDELIVER_IDLE_MS,
  step: (context) => context.get(Redelivery).step(),
};

/** Tells the operator of a subscriber that nothing has reached for an hour, once for each such time. */
const watch: FeatureJob = {
  name: 'watch',
  idleMs: MINUTE_MS,
  step: async ({ db }) => {
    for (const one of await findFailing(db.manager, new Date(Date.now() - FAILING_AFTER_MS)))
      await publishOperatorNotice(
        db.manager,
        `subscription:${one.id}:failing:${one.failingSince?.toISOString() ?? ''}`,
        failingNotice(one),
      );
    return 0;
  },
};

const cleanUp: FeatureJob = {
  name: 'clean up',
  idleMs: MINUTE_MS,
  step: async ({ db }) => {
    await dropPreviousSecrets(db.manager);
    return deleteDispatches(db.manager, new Date(Date.now() - DISPATCHES_KEPT_MS), DELETED_PER_STEP);
  },
};

export const subscriptionJobs: readonly FeatureJob[] = [send, challenge, redeliver, watch, cleanUp];
