import { Counter } from 'prom-client';

export const notificationsEnded = new Counter({
  name: 'payhook_notifications_total',
  help: 'Messages to customers by channel and by what became of them: sent, suppressed (with the reason), dead',
  labelNames: ['channel', 'outcome', 'reason'] as const,
});
