import { NO_CAPTURES, type Captures } from '../projection/captures.js';
import type { CausalPosition } from '../projection/causal-order.js';
import type { Attempt } from '../projection/failed-attempts.js';
import { NOTHING_PUBLISHED, type PublishedFailures } from '../projection/payment-changes.js';
import type { Projection } from '../projection/projection.js';
import type { Refund, Refunds } from '../projection/refunds.js';
import type { NextAttempt } from '../report/payment-report.js';

/** The version of the rules of this code. Version 0.1 stored no version. */
export const FOLD_VERSION = 2;

/** The state of the fold that has no column. With it a new report is applied without reading the earlier reports. */
export type Fold = Pick<
  Projection,
  'reports' | 'attempt' | 'lastWasFailed' | 'captures' | 'capturedAt' | 'canceledAt' | 'nextAttempt'
> & {
  last: CausalPosition;
  refundTotal: Refunds['total'];
  /** The version of the rules that made the fold. Unless it is {@link FOLD_VERSION}, all reports are folded again. */
  version: number | undefined;
  /** All refunds, including releases. Null where the column `refunds` has all of them. */
  refunds: readonly Refund[] | null;
};

/** The event id is stored where it is not the key. */
type StoredPosition = Omit<CausalPosition, 'key'> & { key?: string };

/**
 * The fold as it is stored, without what most payments do not have. What is left out is the default, or equals another
 * field: the largest captured figure the newest, and the ends of an attempt the last position. Earlier versions stored
 * all fields.
 */
export interface StoredFold {
  reports: number;
  last: StoredPosition;
  version?: number | undefined;
  attempt?: (Pick<Attempt, 'id'> & { from?: StoredPosition; to?: StoredPosition }) | null;
  lastWasFailed?: boolean;
  refundTotal?: Refunds['total'];
  captures?: Partial<Captures>;
  capturedAt?: number;
  canceledAt?: number;
  refunds?: readonly Refund[];
  nextAttempt?: NextAttempt;
}

/** SQL: `Projection.nextAttempt` of a row of `payments`. */
export const nextAttemptSql = (payments: string): string => `${payments}.fold ->> 'nextAttempt'`;

/** The inverse of {@link completeFold}. */
export function packFold(fold: Fold): StoredFold {
  const { last, attempt, captures, version, reports } = fold;
  const packed: StoredFold = { version, reports, last: packPosition(last) };
  if (attempt) packed.attempt = packAttempt(attempt, last);
  if (fold.lastWasFailed) packed.lastWasFailed = true;
  if (fold.refundTotal) packed.refundTotal = fold.refundTotal;
  if (hasCaptures(captures)) packed.captures = packCaptures(captures);
  if (fold.capturedAt !== null) packed.capturedAt = fold.capturedAt;
  if (fold.canceledAt !== null) packed.canceledAt = fold.canceledAt;
  if (fold.refunds) packed.refunds = fold.refunds;
  if (fold.nextAttempt !== null) packed.nextAttempt = fold.nextAttempt;
  return packed;
}

/** The fold with all fields. `captures` are those of a fold that has none. */
export function completeFold(stored: StoredFold, captures: Captures = NO_CAPTURES): Fold {
  const last = completePosition(stored.last);
  return {
    version: stored.version,
    reports: stored.reports,
    last,
    attempt: stored.attempt ? completeAttempt(stored.attempt, last) : null,
    lastWasFailed: stored.lastWasFailed ?? false,
    refundTotal: stored.refundTotal ?? null,
    captures: stored.captures ? completeCaptures(stored.captures) : captures,
    capturedAt: stored.capturedAt ?? null,
    canceledAt: stored.canceledAt ?? null,
    refunds: stored.refunds ?? null,
    nextAttempt: stored.nextAttempt ?? null,
  };
}

const packPosition = ({ at, rank, eventId, key }: CausalPosition): StoredPosition =>
  key === eventId ? { at, rank, eventId } : { at, rank, eventId, key };

const completePosition = (stored: StoredPosition): CausalPosition => ({ key: stored.eventId, ...stored });

const isSamePosition = (a: CausalPosition, b: CausalPosition): boolean =>
  a.at === b.at && a.rank === b.rank && a.eventId === b.eventId && a.key === b.key;

function packAttempt({ id, from, to }: Attempt, last: CausalPosition): StoredFold['attempt'] {
  const packed: StoredFold['attempt'] = { id };
  if (!isSamePosition(from, last)) packed.from = packPosition(from);
  if (!isSamePosition(to, last)) packed.to = packPosition(to);
  return packed;
}

const completeAttempt = (
  { id, from, to }: NonNullable<StoredFold['attempt']>,
  last: CausalPosition,
): Attempt => ({
  id,
  from: from ? completePosition(from) : last,
  to: to ? completePosition(to) : last,
});

const hasCaptures = ({ byId, figure, most, reversed }: Captures): boolean =>
  byId.length > 0 || figure !== null || most !== null || reversed !== null;

function packCaptures({ byId, figure, most, reversed }: Captures): Partial<Captures> {
  const packed: Partial<Captures> = {};
  if (figure !== null) packed.figure = figure;
  if (byId.length > 0) packed.byId = byId;
  if (most !== figure) packed.most = most;
  if (reversed) packed.reversed = reversed;
  return packed;
}

const completeCaptures = (stored: Partial<Captures>): Captures => {
  const figure = stored.figure ?? null;
  return {
    byId: stored.byId ?? [],
    figure,
    most: stored.most === undefined ? figure : stored.most,
    reversed: stored.reversed ?? null,
  };
};

/** Most payments have published no failure and no refund. The inverse of {@link completePublished}. */
export function packPublished(published: PublishedFailures): Partial<PublishedFailures> {
  const { attemptIds, places, open, refunds } = published;
  const packed: Partial<PublishedFailures> = {};
  if (attemptIds.length > 0) packed.attemptIds = attemptIds;
  if (places.length > 0) packed.places = places;
  if (open) packed.open = open;
  if (refunds) packed.refunds = refunds;
  return packed;
}

export const completePublished = (stored: Partial<PublishedFailures>): PublishedFailures => ({
  ...NOTHING_PUBLISHED,
  ...stored,
});
