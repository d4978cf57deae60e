import { Counter, Histogram } from 'prom-client';

export const dispatchesEnded = new Counter({
  name: 'payhook_dispatch_tries_total',
  help: 'Tries to send an event to a subscriber, by what became of the dispatch: delivered, pending (tried again), dead',
  labelNames: ['outcome'] as const,
});

const HOUR = 3_600;

/** Up to a minute what sending itself takes, then what the schedule of tries adds. */
export const dispatchSeconds = new Histogram({
  name: 'payhook_dispatch_end_to_end_seconds',
  help: 'Seconds from the commit of an event until a subscriber took it, with all tries. What was asked for again counts too',
  buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 600, HOUR, 6 * HOUR, 24 * HOUR],
});

export const challengesEnded = new Counter({
  name: 'payhook_challenges_total',
  help: 'Challenges that were sent to subscribers, by their outcome: confirmed, failed',
  labelNames: ['outcome'] as const,
});

export const missedEvents = new Counter({
  name: 'payhook_subscription_missed_events_total',
  help: 'Events of the log that were removed by age before they were read for a subscriber, wanted or not',
});
