import { timeOfId, type PaymentMoment } from '../../feature.js';
import { compareWords, type Word, type WordKind } from './account-status.js';

/**
 * What a payment says about its customer: its moments, as far as they are words. Pure. A success that is told again is one
 * word, and so is an attempt that is told to have failed again.
 */
export function wordsOfPayment(moments: readonly PaymentMoment[]): Word[] {
  const words: Word[] = [];
  const attempts = new Set<string>();
  let before: { state: string | null; isRefunded: boolean; lostDisputes: number } = {
    state: null,
    isRefunded: false,
    lostDisputes: 0,
  };
  for (const moment of moments) {
    // A dispute hides whether everything was refunded.
    const isRefunded = moment.status === 'disputed' ? before.isRefunded : moment.status === 'refunded';
    const say = (kind: WordKind): void => void words.push(toWord(moment, kind));
    if (moment.state === 'succeeded' && before.state !== 'succeeded') say('success');
    if (moment.state === 'failed' && isNewAttempt(moment, attempts)) say('failure');
    if (isRefunded && !before.isRefunded) say('refund');
    if (moment.lostDisputes > before.lostDisputes) say('dispute');
    if ((!isRefunded && before.isRefunded) || (moment.lostDisputes === 0 && before.lostDisputes > 0))
      say('restored');
    before = { state: moment.state, isRefunded, lostDisputes: moment.lostDisputes };
  }
  return words;
}

const toWord = ({ paymentId, reportId, at, rank }: PaymentMoment, kind: WordKind): Word => ({
  ...{ paymentId, reportId, kind, at, rank },
  recordedAt: timeOfId(reportId).getTime(),
});

/** Notes the attempt in `known` by its id and by the place where it began. */
function isNewAttempt({ attempt }: PaymentMoment, known: Set<string>): boolean {
  if (attempt === null) return false;
  const names = [`from ${attempt.from}`, ...(attempt.id === null ? [] : [`id ${attempt.id}`])];
  const isNew = !names.some((name) => known.has(name));
  for (const name of names) known.add(name);
  return isNew;
}

/**
 * When the order of a failed payment was paid by others, after each failure. `others` are the words of payments of the
 * same order that are not this customer's. A success of the same customer is a word of the account itself.
 */
export function liftsOf(words: readonly Word[], others: readonly Word[]): Word[] {
  const successes = others.filter(({ kind }) => kind === 'success').toSorted(compareWords);
  const lifts = new Map<string, Word>();
  for (const failure of words) {
    if (failure.kind !== 'failure') continue;
    const paid = successes.find((one) => compareWords(one, failure) > 0);
    if (paid) lifts.set(paid.reportId, { ...paid, paymentId: failure.paymentId, kind: 'paid' });
  }
  return [...lifts.values()];
}
