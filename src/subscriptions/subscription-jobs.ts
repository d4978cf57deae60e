import type { FeatureJob } from '../feature.js';
import { Challenge } from './challenge/challenge.js';
import { DispatchEngine } from './engine/dispatch-engine.js';
import { Redelivery } from './redelivery/redelivery.js';
import { takeDueChallenges } from './subscription.store.js';
import { removeOld, tellOfFailing } from './upkeep.js';

const MINUTE_MS = 60_000;

/** An event is sent this much after its commit at the latest, where nothing else holds it up. */
const SEND_IDLE_MS = 50;
const CHALLENGES_PER_STEP = 10;
/** Longer than a challenge takes with its time limit. */
const CHALLENGE_LEASE_MS = 30_000;
const CHALLENGE_IDLE_MS = 500;
const REDELIVER_IDLE_MS = 500;

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

const watch: FeatureJob = {
  name: 'watch',
  idleMs: MINUTE_MS,
  step: async ({ db }) => {
    await tellOfFailing(db.manager, new Date());
    return 0;
  },
};

const cleanUp: FeatureJob = {
  name: 'clean up',
  idleMs: MINUTE_MS,
  step: ({ db }) => removeOld(db.manager, new Date()),
};

export const subscriptionJobs: readonly FeatureJob[] = [send, challenge, redeliver, watch, cleanUp];
