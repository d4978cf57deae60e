import { Counter } from 'prom-client';

export const receivedRequests = new Counter({
  name: 'payhook_webhooks_received_total',
  help: 'Requests to a webhook of a known gateway, whatever became of them',
  labelNames: ['gateway'] as const,
});

export const storedDeliveries = new Counter({
  name: 'payhook_webhooks_stored_total',
  help: 'Verified requests by what they were answered: accepted, duplicate, ignored, parked, invalid',
  labelNames: ['gateway', 'outcome'] as const,
});

export const refusedRequests = new Counter({
  name: 'payhook_webhooks_refused_total',
  help: 'Refused requests, by gateway and reason',
  labelNames: ['gateway', 'reason'] as const,
});

export const confirmations = new Counter({
  name: 'payhook_confirmations_total',
  help: 'Confirmations by what they were answered: accepted, duplicate, invalid, unavailable',
  labelNames: ['gateway', 'outcome'] as const,
});

export const processedDeliveries = new Counter({
  name: 'payhook_deliveries_worked_total',
  help: 'Deliveries by how the work on them ended: processed, ignored, parked, failed, dead',
  labelNames: ['gateway', 'outcome'] as const,
});

export const gatewayQuestions = new Counter({
  name: 'payhook_gateway_questions_total',
  help: 'Questions to a gateway’s API about hints, by how they ended: answer, final, unavailable, retry',
  labelNames: ['gateway', 'outcome'] as const,
});
