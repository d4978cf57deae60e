import type { MinorUnits, PaymentReport, ReportedCapture, ReportKind } from '../report/payment-report.js';
import { replacesTotal, type RunningTotal } from './running-total.js';

/** One capture as it was last reported. */
export interface Capture extends ReportedCapture {
  /** The capture succeeded at some time, also where it was reversed later. */
  came: boolean;
}

/** Captures by id, and figures of the total captured amount. A gateway reports one or the other. */
export interface Captures {
  byId: readonly Capture[];
  /** The newest reported total. */
  figure: MinorUnits | null;
  /** The largest reported total. */
  most: MinorUnits | null;
  /** The newest running total of reversed amounts. */
  reversed: RunningTotal | null;
}

export const NO_CAPTURES: Captures = { byId: [], figure: null, most: null, reversed: null };

/** The amounts that follow from the captures, in minor units. */
export interface CapturedAmounts {
  /** The captured amount that is left after reversals; null while no report told one. */
  captured: bigint | null;
  reversed: bigint;
  /** The largest amount that was ever captured; null while no report told one. */
  everCaptured: bigint | null;
  /** The largest amount that can be refunded: `everCaptured`, or the payment's amount while no capture is reported. */
  refundable: bigint | null;
}

/** The facts of the payment that the captures depend on. `at` is the time of the report in milliseconds. */
export interface CaptureContext {
  at: number;
  /** The payment's amount before this report. */
  amountBefore: MinorUnits | null;
  /** The payment's amount after this report. */
  amount: MinorUnits | null;
  /** The payment succeeded by this report or before it. */
  succeeded: boolean;
}

/** The kinds of report that take captured money back. */
export const isReversalKind = (kind: ReportKind): boolean => kind === 'capture_failed' || kind === 'reversed';

/** Adds what a report tells about captures and reversals. */
export function applyCaptures(before: Captures, report: PaymentReport, context: CaptureContext): Captures {
  if (hasNoCaptureFacts(report)) return before;
  const byId = report.captures.reduce(mergeCapture, before.byId);
  const figure = report.amountCaptured ?? before.figure;
  const most = findLargestFigure(before, report, context);
  const after: Captures = { byId, figure, most, reversed: before.reversed };
  const total = findReversedTotal(after, report, context);
  return total !== null && replacesTotal(total, before.reversed) ? { ...after, reversed: total } : after;
}

/** True for most reports, so the hot path returns early. */
const hasNoCaptureFacts = ({ kind, captures, amountCaptured, reversedTotal }: PaymentReport): boolean =>
  captures.length === 0 &&
  amountCaptured === null &&
  reversedTotal === null &&
  kind !== 'succeeded' &&
  !isReversalKind(kind);

/** Adds a capture, or updates the known one. A null in the report keeps the known value. */
function mergeCapture(byId: readonly Capture[], reported: ReportedCapture): readonly Capture[] {
  const known = byId.find((capture) => capture.id === reported.id);
  const merged: Capture = {
    id: reported.id,
    amount: reported.amount ?? known?.amount ?? null,
    status: reported.status,
    came: known?.came === true || reported.status === 'succeeded' || reported.status === 'reversed',
  };
  return known ? byId.map((capture) => (capture === known ? merged : capture)) : [...byId, merged];
}

/** The largest total so far. A capture after everything was reversed adds to it, because it is new money. */
function findLargestFigure(
  before: Captures,
  report: PaymentReport,
  context: CaptureContext,
): MinorUnits | null {
  const figure = largerAmount(before.most, report.amountCaptured);
  if (report.kind !== 'succeeded' || before.reversed === null || before.byId.length > 0) return figure;
  const { captured, reversed } = capturedAmounts(before, context.amountBefore);
  const again = report.amountCaptured ?? before.figure ?? context.amount;
  if (reversed === 0n || (captured ?? 0n) > 0n || again === null) return figure;
  return largerAmount(figure, (reversed + BigInt(again)).toString());
}

/** The reversed total after a report. A reversal without a total and without captures reverses everything. */
function findReversedTotal(
  captures: Captures,
  report: PaymentReport,
  { at, amount, succeeded }: CaptureContext,
): RunningTotal | null {
  if (report.reversedTotal !== null) return { amount: report.reversedTotal, at };
  if (!isReversalKind(report.kind) || report.captures.length > 0) return null;
  const everCaptured = sumEverCaptured(captures) ?? 0n;
  const all =
    everCaptured > 0n ? everCaptured.toString() : succeeded || report.kind === 'reversed' ? amount : null;
  return all === null ? null : { amount: all, at };
}

/** Derives the amounts. `amount` is the payment's amount. */
export function capturedAmounts(captures: Captures, amount: MinorUnits | null): CapturedAmounts {
  const { byId, reversed: total } = captures;
  const everCaptured = sumEverCaptured(captures);
  const refundable =
    everCaptured !== null && everCaptured > 0n ? everCaptured : amount === null ? null : BigInt(amount);
  const reversedById = sumOf(byId.filter(isReversed));
  const reported =
    total !== null && BigInt(total.amount) > reversedById ? BigInt(total.amount) : reversedById;
  const reversed = refundable !== null && reported > refundable ? refundable : reported;
  return {
    captured: capturedAfter(captures, reversed, { everCaptured, refundable }),
    reversed,
    everCaptured,
    refundable,
  };
}

/** The captured amount that is left after reversals; null while no report told one. */
function capturedAfter(
  { byId, figure }: Captures,
  reversed: bigint,
  { everCaptured, refundable }: Pick<CapturedAmounts, 'everCaptured' | 'refundable'>,
): bigint | null {
  const left = (everCaptured ?? 0n) - reversed;
  if (byId.length > 0) return smallerNotNegative(sumOf(byId.filter(isStanding)), left);
  if (figure !== null) return smallerNotNegative(BigInt(figure), left);
  return reversed > 0n && refundable !== null ? refundable - reversed : null;
}

/** The largest amount ever captured. Captures by id are preferred: a total may count only some of them. */
function sumEverCaptured({ byId, most }: Captures): bigint | null {
  if (byId.length > 0) return sumOf(byId.filter((capture) => capture.came));
  return most === null ? null : BigInt(most);
}

const isStanding = ({ status }: Capture): boolean => status === 'succeeded';
const isReversed = ({ came, status }: Capture): boolean =>
  came && (status === 'failed' || status === 'reversed');

const sumOf = (captures: readonly Capture[]): bigint =>
  captures.reduce((sum, capture) => sum + BigInt(capture.amount ?? 0), 0n);

function largerAmount(one: MinorUnits | null, other: MinorUnits | null): MinorUnits | null {
  if (one === null || other === null) return one ?? other;
  return BigInt(one) > BigInt(other) ? one : other;
}

/** The smaller of the two amounts, but never less than zero. */
function smallerNotNegative(one: bigint, other: bigint): bigint {
  const smaller = one < other ? one : other;
  return smaller < 0n ? 0n : smaller;
}
