import { Counter } from 'prom-client';

export const dispatchesEnded = new Counter({
  name: 'payhook_dispatch_tries_total',
  help: 'Tries to send an event to a subscriber, by what became of the dispatch: delivered, pending (tried again), dead',
  labelNames: ['outcome'] as const,
});
