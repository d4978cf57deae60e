import type { FeatureJob } from '../feature.js';
import { ChallengeRounds } from './challenge/challenge-rounds.js';
import { DispatchEngine } from './engine/dispatch-engine.js';
import { Redelivery } from './redelivery/redelivery.js';
import { removeOld, tellOfFailing } from './upkeep.js';

const MINUTE_MS = 60_000;

/** An event is sent this much after its commit at the latest, where nothing else holds it up. */
const SEND_IDLE_MS = 50;
const CHALLENGE_IDLE_MS = 500;
const REDELIVER_IDLE_MS = 500;

const send: FeatureJob = {
  name: 'send',
  idleMs: SEND_IDLE_MS,
  step: (context) => context.get(DispatchEngine).step(),
};

const challenge: FeatureJob = {
  name: 'challenge',
  idleMs: CHALLENGE_IDLE_MS,
  step: (context) => context.get(ChallengeRounds).step(),
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
