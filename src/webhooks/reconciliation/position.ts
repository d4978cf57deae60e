import type { Gateway, PaymentQuestion } from '../gateways/gateway.js';

/** Where the payments and orders come from that a gateway is asked about one by one. */
export type QuestionSource = 'orders' | 'hints' | 'unfinished';

/** One part of a run: a list that is read page by page, or questions about single payments. */
export type Phase =
  | { readonly kind: 'list'; readonly what: string }
  | { readonly kind: 'ask'; readonly source: QuestionSource };

/** A question that was begun. `id` is the place of its payment or hint among the candidates. */
export interface Asking extends Pick<PaymentQuestion, 'gatewayPaymentId' | 'gatewayOrderId' | 'merchant'> {
  readonly id: string;
}

/** Where a run stands: the next request follows from it alone, so that another process goes on with the run. */
export interface Position {
  /** The index of the phase. */
  readonly phase: number;
  /** Of the list, or of the question that was begun. */
  readonly cursor: string | null;
  /** How often the list was begun again because the gateway refused a cursor. */
  readonly restarts: number;
  /** How many objects of the list were the same so far: a list that begins again counts them again. */
  readonly same: number;
  /** The candidate that was asked about last; null at the first one. */
  readonly after: string | null;
  /** Candidates are read in a circle: the place where the run began, and whether it has passed the end. */
  readonly start: string | null;
  readonly wrapped: boolean;
  readonly asking: Asking | null;
  readonly asked: number;
  /** How many chunks of payments were searched for candidates. */
  readonly chunks: number;
  /** How many questions in a row the gateway did not answer. */
  readonly unanswered: number;
  /** Deliveries of the request before. The next request waits until they are processed, for a few seconds at most. */
  readonly waitFor: readonly string[];
  readonly waitUntil: string | null;
}

/** What a gateway is asked, in this order. Empty for a gateway that has no lists. Pure. */
export function phasesOf(gateway: Gateway): readonly Phase[] {
  const canList = gateway.list !== undefined;
  const lists = canList ? (gateway.listable ?? []).map((what): Phase => ({ kind: 'list', what })) : [];
  if (gateway.askPayment === undefined) return lists;
  if (gateway.knownOrdersOnly) return ORDERS_ONLY;
  return lists.length === 0 ? [] : [...lists, UNFINISHED];
}

const UNFINISHED: Phase = { kind: 'ask', source: 'unfinished' };
const ORDERS_ONLY: readonly Phase[] = [
  { kind: 'ask', source: 'orders' },
  { kind: 'ask', source: 'hints' },
  UNFINISHED,
];

/** The beginning of a phase. */
export const beginPhase = (phase: number): Position => ({
  phase,
  cursor: null,
  restarts: 0,
  same: 0,
  after: null,
  start: null,
  wrapped: false,
  asking: null,
  asked: 0,
  chunks: 0,
  unanswered: 0,
  waitFor: [],
  waitUntil: null,
});

/** After a page of a list. */
export const afterPage = (position: Position, next: string | null, same: number): Position =>
  next === null
    ? beginPhase(position.phase + 1)
    : { ...position, cursor: next, same: position.same + same, waitFor: [], waitUntil: null };

/** The list, or the answer to the question, is read from its first page again. */
export const restart = (position: Position): Position => ({
  ...position,
  cursor: null,
  restarts: position.restarts + 1,
  same: 0,
  waitFor: [],
  waitUntil: null,
});

/** After a page of the answer to a question. */
export const afterAnswer = (position: Position, next: string | null): Position =>
  next === null
    ? { ...endQuestion(position), unanswered: 0 }
    : { ...position, cursor: next, waitFor: [], waitUntil: null };

/** The gateway did not answer, and the next question follows. */
export const giveUpQuestion = (position: Position): Position => ({
  ...endQuestion(position),
  unanswered: position.unanswered + 1,
});

const endQuestion = (position: Position): Position => ({
  ...position,
  cursor: null,
  restarts: 0,
  asking: null,
  asked: position.asked + 1,
  waitFor: [],
  waitUntil: null,
});
