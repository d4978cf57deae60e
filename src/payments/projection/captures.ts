import type { MinorUnits, PaymentReport, ReportedCapture, ReportKind } from '../report/payment-report.js';
import { replacesTotal, type RunningTotal } from './running-total.js';

/** One capture as last told. */
export interface Capture extends ReportedCapture {
  /** Its money was there at some time, whatever became of it. */
  came: boolean;
}

/** Captures by id beside the figures of all that was captured: gateways tell one or the other. */
export interface Captures {
  byId: readonly Capture[];
  /** The newest figure of all that was captured, and the largest. */
  figure: MinorUnits | null;
  most: MinorUnits | null;
  /** The newest running total of what went again. */
  reversed: RunningTotal | null;
}

export const NO_CAPTURES: Captures = { byId: [], figure: null, most: null, reversed: null };

/** What the captures come to, in minor units. */
export interface CapturedAmounts {
  /** What is left after reversals; null while nothing was told. */
  captured: bigint | null;
  reversed: bigint;
  /** The most that ever came, as told; null while nothing was told. */
  everCaptured: bigint | null;
  /** The most that can be given back: what came, or the payment's amount while no capture is told. */
  refundable: bigint | null;
}

/** What else of the payment decides on a report's captures. Amounts are those of the payment. */
export interface CaptureContext {
  at: number;
  amountBefore: MinorUnits | null;
  amount: MinorUnits | null;
  /** The payment succeeded before this report or by it. */
  succeeded: boolean;
}

export const isReversalKind = (kind: ReportKind): boolean => kind === 'capture_failed' || kind === 'reversed';

export function applyCaptures(before: Captures, report: PaymentReport, context: CaptureContext): Captures {
  if (hasNoCaptureFacts(report)) return before;
  const byId = report.captures.reduce(mergeCapture, before.byId);
  const figure = report.amountCaptured ?? before.figure;
  const told: Captures = {
    byId,
    figure,
    most: findLargestFigure(before, report, context),
    reversed: before.reversed,
  };
  const total = findReversedTotal(told, report, context);
  return total !== null && replacesTotal(total, before.reversed) ? { ...told, reversed: total } : told;
}

/** Most reports: the hot path leaves here. */
const hasNoCaptureFacts = ({ kind, captures, amountCaptured, reversedTotal }: PaymentReport): boolean =>
  captures.length === 0 &&
  amountCaptured === null &&
  reversedTotal === null &&
  kind !== 'succeeded' &&
  !isReversalKind(kind);

function mergeCapture(byId: readonly Capture[], told: ReportedCapture): readonly Capture[] {
  const known = byId.find((capture) => capture.id === told.id);
  const merged: Capture = {
    id: told.id,
    amount: told.amount ?? known?.amount ?? null,
    status: told.status,
    came: known?.came === true || told.status === 'succeeded' || told.status === 'reversed',
  };
  return known ? byId.map((capture) => (capture === known ? merged : capture)) : [...byId, merged];
}

/** The largest figure so far. Money that comes after all of it went again is new money. */
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

/** A reversal that tells no figure and no capture takes back all there was. */
function findReversedTotal(
  told: Captures,
  report: PaymentReport,
  { at, amount, succeeded }: CaptureContext,
): RunningTotal | null {
  if (report.reversedTotal !== null) return { amount: report.reversedTotal, at };
  if (!isReversalKind(report.kind) || report.captures.length > 0) return null;
  const came = sumEverCaptured(told) ?? 0n;
  const all = came > 0n ? came.toString() : succeeded || report.kind === 'reversed' ? amount : null;
  return all === null ? null : { amount: all, at };
}

export function capturedAmounts(captures: Captures, amount: MinorUnits | null): CapturedAmounts {
  const { byId, figure, reversed: total } = captures;
  const came = sumEverCaptured(captures);
  const most = came !== null && came > 0n ? came : amount === null ? null : BigInt(amount);
  const goneById = sumOf(byId.filter(isGone));
  const gone = total !== null && BigInt(total.amount) > goneById ? BigInt(total.amount) : goneById;
  const reversed = most !== null && gone > most ? most : gone;
  const left = most === null ? null : most - reversed;
  if (byId.length > 0)
    return {
      captured: smallerNotNegative(sumOf(byId.filter(isStanding)), (came ?? 0n) - reversed),
      reversed,
      everCaptured: came,
      refundable: most,
    };
  if (figure === null)
    return { captured: reversed > 0n ? left : null, reversed, everCaptured: came, refundable: most };
  return {
    captured: smallerNotNegative(BigInt(figure), (came ?? 0n) - reversed),
    reversed,
    everCaptured: came,
    refundable: most,
  };
}

/** By id where captures have ids: a figure beside them may count some of them or all. */
function sumEverCaptured({ byId, most }: Captures): bigint | null {
  if (byId.length > 0) return sumOf(byId.filter((capture) => capture.came));
  return most === null ? null : BigInt(most);
}

const isStanding = ({ status }: Capture): boolean => status === 'succeeded';
const isGone = ({ came, status }: Capture): boolean => came && (status === 'failed' || status === 'reversed');

const sumOf = (captures: readonly Capture[]): bigint =>
  captures.reduce((sum, capture) => sum + BigInt(capture.amount ?? 0), 0n);

function largerAmount(one: MinorUnits | null, other: MinorUnits | null): MinorUnits | null {
  if (one === null || other === null) return one ?? other;
  return BigInt(one) > BigInt(other) ? one : other;
}

/** The smaller of two, and never below zero. */
function smallerNotNegative(one: bigint, other: bigint): bigint {
  const smaller = one < other ? one : other;
  return smaller < 0n ? 0n : smaller;
}
