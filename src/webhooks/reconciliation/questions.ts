import type { EntityManager } from 'typeorm';
import { lowestIdAt } from '../../platform/database/new-id.js';
import { findPaymentsWithOrder, findUnfinishedPayments } from '../../payments/index.js';
import { findHintedOrders } from '../inbox/hint.store.js';
import { MAX_CHUNKS, type ReconciliationLimits } from './limits.js';
import type { Asking, Position, QuestionSource } from './position.js';
import type { Reconciliation } from './reconciliation.entity.js';
import { findSighted } from './reconciliation-item.store.js';
import { OVERLAP_MS } from './since.js';

/** A payment may have begun so much later than its row was stored: clocks differ. */
const MAX_AHEAD_MS = 10 * 60_000;

interface Chunk {
  readonly found: readonly Asking[];
  readonly last: string | null;
}

type RunOfQuestions = Pick<Reconciliation, 'id' | 'gateway' | 'account' | 'since' | 'until' | 'askedUntil'>;

/** What a question is remembered by within its run. */
export const nameOfQuestion = ({ gatewayPaymentId, gatewayOrderId }: Omit<Asking, 'id'>): string =>
  gatewayPaymentId ?? `order ${gatewayOrderId ?? ''}`;

/**
 * The next payment or order to ask about, with the position of that question. Null where the phase has no further one, or
 * the run has asked enough: the position then says where the next run goes on.
 */
export async function findNextQuestion(
  manager: EntityManager,
  run: RunOfQuestions,
  source: QuestionSource,
  position: Position,
  limits: ReconciliationLimits,
): Promise<{ asking: Asking | null; position: Position }> {
  let at = begin(run, source, position);
  while (!isEnough(at, source, limits)) {
    const { found, last } = await READERS[source](manager, run, at.after);
    const own = found.filter(({ id }) => !at.wrapped || at.start === null || id <= at.start);
    const names = own.map(nameOfQuestion);
    const sighted = await findSighted(manager, run.id, names);
    const asking = own.find((one) => !sighted.has(nameOfQuestion(one)));
    if (asking) return { asking, position: { ...at, asking, after: asking.id } };
    if (own.length < found.length) return { asking: null, position: at };
    if (last !== null) at = { ...at, after: last, chunks: at.chunks + 1 };
    else if (at.wrapped || at.start === null) return { asking: null, position: at };
    else at = { ...at, after: null, wrapped: true, chunks: at.chunks + 1 };
  }
  return { asking: null, position: at };
}

/** Unfinished payments are read in a circle over the runs, so that the one that was asked longest ago comes first. */
function begin(run: RunOfQuestions, source: QuestionSource, position: Position): Position {
  if (position.after !== null || position.wrapped) return position;
  if (source === 'unfinished') return { ...position, after: run.askedUntil, start: run.askedUntil };
  return { ...position, after: lowestIdAt(new Date(run.since.getTime() - MAX_AHEAD_MS)) };
}

const isEnough = (
  { asked, chunks }: Position,
  source: QuestionSource,
  { questionsPerRun }: ReconciliationLimits,
): boolean => source === 'unfinished' && (asked >= questionsPerRun || chunks >= MAX_CHUNKS);

const READERS: Readonly<
  Record<
    QuestionSource,
    (manager: EntityManager, run: RunOfQuestions, after: string | null) => Promise<Chunk>
  >
> = {
  orders: async (manager, { gateway, account, since }, after) =>
    byOrder(await findPaymentsWithOrder(manager, { gateway, account, since, after })),
  hints: (manager, { gateway, account }, after) => findHintedOrders(manager, { gateway, account, after }),
  unfinished: (manager, { gateway, account, until }, after) =>
    findUnfinishedPayments(manager, {
      gateway,
      account,
      after,
      failedSince: new Date(until.getTime() - OVERLAP_MS),
    }),
};

const byOrder = ({ found, last }: Chunk): Chunk => ({
  found: found.map((one) => ({ ...one, gatewayPaymentId: null })),
  last,
});
