import { Counter } from 'prom-client';

export const publishedEvents = new Counter({
  name: 'payhook_events_published_total',
  help: 'Domain events that were given their place in the log',
});
