import { Gauge } from 'prom-client';

/** Set after each round over the stored payloads. An older key may be removed once `older_key` is 0. */
export const payloadsElsewhere = new Gauge({
  name: 'payhook_payloads_not_under_newest_key',
  help: 'Stored payloads by what they are under instead: older_key (readable), missing_key (not readable), no_key',
  labelNames: ['under'] as const,
  // Each worker counts the same rows at a different time. A key may be removed once all workers report 0.
  aggregator: 'max',
});
