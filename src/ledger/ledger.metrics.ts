import { Counter } from 'prom-client';

export const exportsCut = new Counter({
  name: 'payhook_ledger_exports_cut_total',
  help: 'Exports that were cut off because their reader took nothing for 30 seconds',
});

export const transactionsBooked = new Counter({
  name: 'payhook_ledger_transactions_total',
  help: 'Transactions that were booked, by what explains them: the name of an event, or correction',
  labelNames: ['cause'] as const,
});
