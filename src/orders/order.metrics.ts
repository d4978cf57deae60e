import { Counter } from 'prom-client';

export const orderEvents = new Counter({
  name: 'payhook_order_events_total',
  help: 'Events about orders that were published, by their name',
  labelNames: ['name'] as const,
});

export const orderChangesHandled = new Counter({
  name: 'payhook_order_changes_total',
  help: 'Changes of payments that orders were compared with',
});
