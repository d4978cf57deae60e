import { Counter } from 'prom-client';

export const accountEvents = new Counter({
  name: 'payhook_account_events_total',
  help: 'Events about customer accounts that were published, by their name',
  labelNames: ['name'] as const,
});

export const accountChangesHandled = new Counter({
  name: 'payhook_account_changes_total',
  help: 'Changes of payments that customer accounts were compared with',
});
