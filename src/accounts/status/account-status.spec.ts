import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { v7 } from 'uuid';
import type { PaymentMoment } from '../../feature.js';
import { advanceAccount } from '../processing/advance-account.js';
import { createAccount } from '../account.store.js';
import {
  type AccountTerms,
  type DerivedStatus,
  EFFECTS,
  WORD_KINDS,
  type Word,
  type WordKind,
} from './account-status.js';
import { tellAccount, type ToldWord } from './account-story.js';
import { liftsOf, wordsOfPayment } from './payment-words.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 10, 1);
const TERMS: AccountTerms = { onRefund: 'keep', onDispute: 'keep', graceMs: 72 * HOUR };

let count = 0;
/** A word on a day, recorded a second later. */
const said = (kind: WordKind, day: number, payment = `pay_${++count}`, recorded = day): ToldWord => {
  const recordedAt = START + recorded * DAY + 1_000;
  return {
    ...{ paymentId: payment, kind, at: START + day * DAY, rank: 0, recordedAt, told: [] },
    reportId: v7({ msecs: recordedAt }),
  };
};

/** How the account stood on each of the days, by words that were all known then. */
const storyOf = (words: readonly ToldWord[], day: number, terms: AccountTerms = TERMS) => {
  const { changes, graceEndsAt } = tellAccount(words, terms, START + day * DAY);
  return { statuses: changes.map(({ status }) => status), since: changes.at(-1)?.since, graceEndsAt };
};

describe('the status of a customer account', () => {
  const CASES: [
    what: string,
    words: ToldWord[],
    day: number,
    statuses: string[],
    terms?: Partial<AccountTerms>,
  ][] = [
    ['nothing that was said', [], 9, []],
    ['a success', [said('success', 1)], 9, ['active']],
    ['a failure of who never paid', [said('failure', 1)], 9, []],
    ['a failure before the first success', [said('failure', 1), said('success', 2)], 9, ['active']],
    ['a failure that stands', [said('success', 1), said('failure', 2)], 4, ['active', 'past_due']],
    [
      'a failure after the grace',
      [said('success', 1), said('failure', 2)],
      6,
      ['active', 'past_due', 'suspended'],
    ],
    [
      'a success of another order',
      [said('success', 1), said('failure', 2), said('success', 3)],
      9,
      ['active', 'past_due', 'active'],
    ],
    [
      'an order that somebody else paid',
      [said('success', 1), said('failure', 2, 'a'), said('paid', 3, 'a')],
      9,
      ['active', 'past_due', 'active'],
    ],
    [
      'one of two orders that somebody else paid',
      [said('success', 1), said('failure', 2, 'a'), said('failure', 2, 'b'), said('paid', 3, 'a')],
      4,
      ['active', 'past_due'],
    ],
    ['a refund', [said('success', 1), said('refund', 2)], 9, ['active']],
    [
      'a refund of who fails',
      [said('success', 1), said('failure', 2), said('refund', 3)],
      4,
      ['active', 'past_due'],
    ],
    [
      'a refund that suspends',
      [said('success', 1), said('refund', 2)],
      9,
      ['active', 'suspended'],
      { onRefund: 'suspended' },
    ],
    [
      'a refund that is past due',
      [said('success', 1), said('refund', 2)],
      4,
      ['active', 'past_due'],
      { onRefund: 'past_due' },
    ],
    [
      'its grace',
      [said('success', 1), said('refund', 2)],
      9,
      ['active', 'past_due', 'suspended'],
      { onRefund: 'past_due' },
    ],
    [
      'a refund that failed',
      [said('success', 1, 'a'), said('refund', 2, 'a'), said('restored', 3, 'a')],
      9,
      ['active', 'suspended', 'active'],
      { onRefund: 'suspended' },
    ],
    ['a lost dispute', [said('success', 1), said('dispute', 2)], 9, ['active']],
    [
      'a lost dispute that suspends',
      [said('success', 1), said('dispute', 2)],
      9,
      ['active', 'suspended'],
      { onDispute: 'suspended' },
    ],
    [
      'a failure of who is suspended',
      [said('success', 1), said('dispute', 2), said('failure', 3)],
      4,
      ['active', 'suspended'],
      { onDispute: 'suspended' },
    ],
    [
      'a success of who is suspended',
      [said('success', 1), said('dispute', 2), said('success', 3)],
      9,
      ['active', 'suspended', 'active'],
      { onDispute: 'suspended' },
    ],
    [
      'a refund that failed, of who fails',
      [said('success', 1, 'a'), said('failure', 2), said('refund', 3, 'a'), said('restored', 4, 'a')],
      4,
      ['active', 'past_due'],
      { onRefund: 'past_due' },
    ],
    [
      'a dispute that is lost no more, of who was refunded since',
      [
        ...[
          said('success', 1, 'a'),
          said('success', 1, 'b'),
          said('dispute', 2, 'a'),
          said('refund', 3, 'b'),
        ],
        said('restored', 4, 'a'),
      ],
      9,
      ['active', 'suspended'],
      { onRefund: 'suspended', onDispute: 'suspended' },
    ],
  ];
  it.each(CASES)('follows from %s', (_what, words, day, statuses, terms = {}) => {
    expect(storyOf(words, day, { ...TERMS, ...terms }).statuses).toEqual(statuses);
    expect(storyOf([...words].reverse(), day, { ...TERMS, ...terms }).statuses).toEqual(statuses);
  });

  it('has a grace that begins when the first failure was recorded, and no later attempt moves', () => {
    const [paid, first, later] = [said('success', 1), said('failure', 2, 'a', 5), said('failure', 4, 'b', 6)];
    const ends = first.recordedAt + TERMS.graceMs;
    expect(storyOf([paid, first], 7)).toMatchObject({ graceEndsAt: ends, since: first.at });
    expect(storyOf([paid, first, later], 7)).toMatchObject({ graceEndsAt: ends });
    expect(storyOf([paid, first, later], 9)).toMatchObject({ graceEndsAt: null, since: ends });
  });
});

describe('the words of a payment', () => {
  const moment = (
    state: PaymentMoment['state'],
    at: number,
    more: Partial<PaymentMoment> = {},
  ): PaymentMoment => ({
    ...{ paymentId: 'pay', reportId: v7({ msecs: at }), at, rank: 0, state, status: state, lostDisputes: 0 },
    attempt: null,
    ...more,
  });
  const attempt = (id: string | null, from = '1') => ({ id, from });
  const kinds = (moments: readonly PaymentMoment[]) =>
    wordsOfPayment(moments).map(({ kind, at }) => `${kind} ${at}`);

  it.each<[string, PaymentMoment[], string[]]>([
    ['nothing before it ends', [moment('created', 1), moment('processing', 2), moment('canceled', 3)], []],
    ['one success', [moment('succeeded', 1), moment('succeeded', 2)], ['success 1']],
    [
      'each attempt once',
      [
        moment('failed', 1, { attempt: attempt('a') }),
        moment('failed', 2, { attempt: attempt('a') }),
        moment('failed', 3, { attempt: attempt('b', '3') }),
        moment('failed', 4, { attempt: attempt('a', '4') }),
      ],
      ['failure 1', 'failure 3'],
    ],
    [
      'one attempt that is named late',
      [moment('failed', 1, { attempt: attempt(null) }), moment('failed', 2, { attempt: attempt('a') })],
      ['failure 1'],
    ],
    [
      'a refund, also behind a dispute',
      [
        moment('succeeded', 1),
        moment('succeeded', 2, { status: 'refunded' }),
        moment('succeeded', 3, { status: 'disputed' }),
        moment('succeeded', 4, { status: 'disputed', lostDisputes: 1 }),
        moment('succeeded', 5, { status: 'refunded' }),
        moment('succeeded', 6),
      ],
      ['success 1', 'refund 2', 'dispute 4', 'restored 5', 'restored 6'],
    ],
    [
      'a reversal as a failure',
      [moment('succeeded', 1), moment('failed', 2, { attempt: attempt(null, '2') })],
      ['success 1', 'failure 2'],
    ],
  ])('are %s', (_what, moments, expected) => expect(kinds(moments)).toEqual(expected));

  it('are lifted by the first success of another after them', () => {
    const own = [said('failure', 2, 'own'), said('failure', 5, 'own'), said('success', 9, 'own')];
    const other = [said('success', 1, 'other'), said('failure', 3, 'other'), said('success', 4, 'other')];
    expect(liftsOf(own, other)).toMatchObject([{ paymentId: 'own', kind: 'paid', at: START + 4 * DAY }]);
  });
});

/** What is told of an account, by batches of words in the order in which they arrive. */
function tell(batches: readonly (readonly Word[])[], terms: AccountTerms) {
  let account = createAccount({ mode: 'live', merchant: null, customerId: 'c' }, new Date(START));
  let known: ToldWord[] = [];
  const told: DerivedStatus[] = [];
  const now = new Date(START + 10 * DAY);
  for (const batch of batches) {
    known = [...known, ...batch.map((word) => ({ ...word, told: [] }))];
    const advanced = advanceAccount(
      account,
      { words: known, isTruncated: false, added: new Set(known) },
      terms,
      now,
    );
    const marked = new Map(advanced.told.map((word) => [word.reportId, word]));
    known = known.map((word) => marked.get(word.reportId) ?? word);
    account = advanced.account;
    told.push(...advanced.fresh);
  }
  return { account, told };
}

describe('an account of which only the newest words are read', () => {
  const TRUNCATED = { isTruncated: true, added: new Set<ToldWord>() };
  const stored = (derived: DerivedStatus, graceEndsAt: Date | null) => ({
    ...createAccount({ mode: 'live', merchant: null, customerId: 'c' }, new Date(START)),
    ...{ derived, status: derived, toldStatus: derived, since: new Date(START), graceEndsAt },
  });
  const failures = Array.from({ length: 200 }, (_, nth) => said('failure', 1 + nth / 100));
  const now = new Date(START + 4 * DAY);

  it('stays suspended, and its grace ends when it did, until a success', () => {
    const suspended = advanceAccount(
      stored('suspended', null),
      { words: failures, ...TRUNCATED },
      TERMS,
      now,
    );
    expect(suspended).toMatchObject({
      ...{ fresh: [], account: { status: 'suspended', since: new Date(START), graceEndsAt: null } },
    });
    const due = stored('past_due', new Date(now.getTime() + 500));
    expect(advanceAccount(due, { words: failures, ...TRUNCATED }, TERMS, now)).toMatchObject({
      ...{ fresh: [], account: { status: 'past_due', since: due.since, graceEndsAt: due.graceEndsAt } },
    });
    const words = [...failures.slice(1), said('success', 4)];
    for (const before of [stored('suspended', null), due])
      expect(advanceAccount(before, { words, ...TRUNCATED }, TERMS, now)).toMatchObject({
        ...{ fresh: ['active'], account: { status: 'active', graceEndsAt: null } },
      });
  });
});

it('another setting tells nothing of an old refund that a success overcame', () => {
  const [paid, refund, again] = [said('success', 1, 'a'), said('refund', 2, 'a'), said('success', 3, 'b')];
  const account = createAccount({ mode: 'live', merchant: null, customerId: 'c' }, new Date(START));
  const terms: AccountTerms = { ...TERMS, onRefund: 'suspended' };
  const before = { ...account, derived: 'active', status: 'active', toldStatus: 'active' } as const;
  const words = [{ ...paid, told: ['active'] as const }, refund, again];
  const advance = (added: readonly ToldWord[]) =>
    advanceAccount(
      before,
      { words, isTruncated: false, added: new Set(added) },
      terms,
      new Date(START + 4 * DAY),
    );
  expect(advance([again])).toMatchObject({ fresh: [], account: { status: 'active' } });
  expect(advance([refund, again]).fresh).toEqual(['suspended', 'active']);
});

/** A customer of several orders, each of which is paid by the customer or by nobody. All is recorded within an hour. */
const histories = fc
  .array(
    fc.record({ kind: fc.constantFrom(...WORD_KINDS), at: fc.integer({ max: 9, min: 0 }), pay: fc.nat(3) }),
    { minLength: 1, maxLength: 7 },
  )
  .map((words) => words.map(({ kind, at, pay }, nth) => said(kind, at + nth / 100, `pay_${pay}`, 9.9)))
  .chain((words) => {
    const cuts = fc.array(fc.boolean(), { minLength: words.length, maxLength: words.length });
    return fc.record({
      words: fc.constant(words),
      arrival: fc.shuffledSubarray(words, { minLength: words.length }),
      cuts,
    });
  });

const toBatches = (words: readonly ToldWord[], cuts: readonly boolean[]): ToldWord[][] => {
  const batches: ToldWord[][] = [[]];
  for (const [nth, word] of words.entries()) {
    if (cuts[nth]) batches.push([]);
    batches.at(-1)?.push(word);
  }
  return batches.filter((batch) => batch.length > 0);
};

describe('whatever the order of arrival and the size of batches', () => {
  it('the status and the last event are the same', () => {
    const terms = fc.record({
      onRefund: fc.constantFrom(...EFFECTS),
      onDispute: fc.constantFrom(...EFFECTS),
      graceMs: fc.constantFrom(0, HOUR, 72 * HOUR),
    });
    fc.assert(
      fc.property(histories, terms, ({ words, arrival, cuts }, policy) => {
        const inOrder = tell([words.toSorted((one, other) => one.at - other.at)], policy);
        const { account, told } = tell(toBatches(arrival, cuts), policy);
        const { id: _id, toldStatus, ...shown } = account;
        const { id: _other, toldStatus: _told, ...expected } = inOrder.account;
        expect(shown).toEqual(expected);
        if (shown.derived !== null) expect([told.at(-1), toldStatus]).toEqual([shown.derived, shown.derived]);
      }),
      { numRuns: 500 },
    );
  });

  it('so are all events of a customer whose orders nobody else pays', () => {
    fc.assert(
      fc.property(histories, ({ words, arrival, cuts }) => {
        const own = (list: readonly ToldWord[]) =>
          list.filter(({ kind }) => kind === 'success' || kind === 'failure');
        const inOrder = tell(
          own(words)
            .toSorted((one, other) => one.at - other.at)
            .map((word) => [word]),
          TERMS,
        );
        const { told } = tell(toBatches(own(arrival), cuts), TERMS);
        expect(told.toSorted()).toEqual(inOrder.told.toSorted());
      }),
      { numRuns: 500 },
    );
  });
});
