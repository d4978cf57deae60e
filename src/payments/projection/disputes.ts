import type { MinorUnits, ReportedDispute } from '../report/payment-report.js';

/** One dispute as last told. */
export interface Dispute {
  id: string;
  amount: MinorUnits | null;
  status: ReportedDispute['status'];
  reason: string | null;
}

/** Disputes are legal by id at any time; of each field the causally newest that was told wins. */
export function applyDispute(disputes: readonly Dispute[], told: ReportedDispute | null): readonly Dispute[] {
  if (told === null) return disputes;
  const known = disputes.find((dispute) => dispute.id === told.id);
  const merged: Dispute = {
    id: told.id,
    amount: told.amount ?? known?.amount ?? null,
    status: told.status,
    reason: told.reason ?? known?.reason ?? null,
  };
  return known ? disputes.map((dispute) => (dispute === known ? merged : dispute)) : [...disputes, merged];
}

/** A dispute that was won or closed withholds nothing: only open and lost ones count. */
export const withholdsMoney = ({ status }: Pick<Dispute, 'status'>): boolean =>
  status === 'open' || status === 'lost';

export const isDisputed = (disputes: readonly Dispute[]): boolean => disputes.some(withholdsMoney);

export const disputedAmount = (disputes: readonly Dispute[]): bigint =>
  disputes.filter(withholdsMoney).reduce((sum, dispute) => sum + BigInt(dispute.amount ?? 0), 0n);
