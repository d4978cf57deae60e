import { Counter } from 'prom-client';

export const handlerRuns = new Counter({
  name: 'payhook_handler_runs_total',
  help: 'Runs of domain event handlers, by how they ended',
  labelNames: ['handler', 'outcome'] as const,
});
