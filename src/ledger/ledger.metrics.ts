import { Counter } from 'prom-client';

export const transactionsBooked = new Counter({
  name: 'payhook_ledger_transactions_total',
  help: 'Transactions that were booked, by what explains them: the name of an event, or correction',
  labelNames: ['cause'] as const,
});
