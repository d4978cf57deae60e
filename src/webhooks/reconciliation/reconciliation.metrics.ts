import { Counter } from 'prom-client';

export const reconciliationRuns = new Counter({
  name: 'payhook_reconciliation_runs_total',
  help: 'Reconciliations by how they ended: completed, failed',
  labelNames: ['gateway', 'status'] as const,
});

export const reconciledObjects = new Counter({
  name: 'payhook_reconciliation_objects_total',
  help: 'Objects that a gateway showed to a reconciliation: missing, different, same, parked, unanswered, unknown, contradicting',
  labelNames: ['gateway', 'result'] as const,
});

export const reconciliationRequests = new Counter({
  name: 'payhook_reconciliation_requests_total',
  help: 'Requests of reconciliations to a gateway, by how they ended: page, retry, final, cursor_refused',
  labelNames: ['gateway', 'outcome'] as const,
});
