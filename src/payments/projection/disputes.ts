import type { MinorUnits, ReportedDispute } from '../report/payment-report.js';

/** One dispute as it was last reported. */
export interface Dispute {
  id: string;
  amount: MinorUnits | null;
  status: ReportedDispute['status'];
  reason: string | null;
}

/** Adds a dispute, or updates the known one, in any state of the payment. A null in the report keeps the known value. */
export function applyDispute(
  disputes: readonly Dispute[],
  reported: ReportedDispute | null,
): readonly Dispute[] {
  if (reported === null) return disputes;
  const known = disputes.find((dispute) => dispute.id === reported.id);
  const merged: Dispute = {
    id: reported.id,
    amount: reported.amount ?? known?.amount ?? null,
    status: reported.status,
    reason: reported.reason ?? known?.reason ?? null,
  };
  return known ? disputes.map((dispute) => (dispute === known ? merged : dispute)) : [...disputes, merged];
}

/** Only an open or a lost dispute withholds money. One that was won or closed does not. */
export const withholdsMoney = ({ status }: Pick<Dispute, 'status'>): boolean =>
  status === 'open' || status === 'lost';

/** Whether any dispute withholds money. */
export const isDisputed = (disputes: readonly Dispute[]): boolean => disputes.some(withholdsMoney);

/** The withheld amount, in minor units. */
export const disputedAmount = (disputes: readonly Dispute[]): bigint =>
  disputes.filter(withholdsMoney).reduce((sum, dispute) => sum + BigInt(dispute.amount ?? 0), 0n);
