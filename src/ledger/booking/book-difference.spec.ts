import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bookDifference, type Booking, hasFall } from './book-difference.js';
import {
  type Amounts,
  type Books,
  NOTHING,
  POSITIONS,
  type Position,
  type Scope,
  scopeKey,
} from './positions.js';
import { type Movement, standingAfter } from './standing.js';

const USD: Scope = { mode: 'live', merchant: null, currency: 'USD' };

const books = (amounts: Partial<Amounts>, scope = USD): Books =>
  new Map([[scopeKey(scope), { scope, amounts: { ...NOTHING, ...amounts } }]]);

/** Books kept in memory, as the tables keep them. */
class Memory {
  private readonly movements = new Map<string, Movement[]>();
  private booked = 0;

  /** Makes the books equal to the target, and returns what was booked. */
  follow(target: Books): Booking[] {
    const bookings = bookDifference(this.read(), target, (scope, position) =>
      standingAfter(this.of(scope, position)),
    );
    for (const booking of bookings) {
      const transaction = `t${++this.booked}`;
      for (const [side, sign] of [
        [booking.debit, 1n],
        [booking.credit, -1n],
      ] as const) {
        if (side === 'gateway') continue;
        const growth = (side === 'captured' ? -sign : sign) * booking.amount;
        this.of(booking.scope, side).push({ transaction, growth });
      }
    }
    return bookings;
  }

  read(): Books {
    const all = new Map<string, { scope: Scope; amounts: Record<Position, bigint> }>();
    for (const [key, movements] of this.movements) {
      const [scope, position] = JSON.parse(key) as [Scope, Position];
      const known = all.get(scopeKey(scope)) ?? { scope, amounts: { ...NOTHING } };
      known.amounts[position] = movements.reduce((sum, { growth }) => sum + growth, 0n);
      all.set(scopeKey(scope), known);
    }
    return all;
  }

  private of(scope: Scope, position: Position): Movement[] {
    const key = JSON.stringify([scope, position]);
    const known = this.movements.get(key) ?? [];
    this.movements.set(key, known);
    return known;
  }
}

const told = (bookings: readonly Booking[]): string[] =>
  bookings.map(
    ({ debit, credit, amount, change, corrects }) =>
      `${debit} / ${credit} ${amount}: ${change}${corrects === null ? '' : ` of ${corrects}`}`,
  );

describe('what is booked', () => {
  const follow = (...targets: Partial<Amounts>[]): string[][] => {
    const memory = new Memory();
    return targets.map((target) => told(memory.follow(books(target))));
  };

  it.each<[string, Partial<Amounts>[], string[]]>([
    ['a capture', [{ captured: 10n }], ['gateway / captured 10: first capture']],
    [
      'a capture with its fee',
      [{ captured: 10n, fee: 1n }],
      ['gateway / captured 10: first capture', 'fee / gateway 1: first capture'],
    ],
    ['a capture that grows', [{ captured: 4n }, { captured: 10n }], ['gateway / captured 6: later capture']],
    ['a fee that comes late', [{ captured: 9n }, { captured: 9n, fee: 1n }], ['fee / gateway 1: fee']],
    [
      'a reversal after a refund',
      [
        { captured: 9n, refunded: 3n },
        { captured: 9n, refunded: 3n, reversed: 6n },
      ],
      ['reversed / gateway 6: reversal'],
    ],
    [
      'a refund that falls: what stands of the newest goes first',
      [{ refunded: 3n }, { refunded: 5n }, { refunded: 1n }],
      ['gateway / refunded 2: correction of t2', 'gateway / refunded 2: correction of t1'],
    ],
    [
      'a fall after a fall: what was undone is not undone again',
      [{ refunded: 3n }, { refunded: 5n }, { refunded: 4n }, { refunded: 2n }],
      ['gateway / refunded 1: correction of t2', 'gateway / refunded 1: correction of t1'],
    ],
    ['a dispute', [{ disputesOpen: 5n }], ['disputesOpen / gateway 5: dispute opened']],
    ['a dispute won', [{ disputesOpen: 5n }, {}], ['gateway / disputesOpen 5: dispute won of t1']],
    [
      'a dispute lost',
      [{ disputesOpen: 5n }, { disputesLost: 5n }],
      ['disputesLost / disputesOpen 5: dispute lost'],
    ],
    [
      'a dispute lost without an opening',
      [{ disputesLost: 5n }],
      ['disputesLost / gateway 5: dispute lost at once'],
    ],
    [
      'a dispute that is lost for more than was open',
      [{ disputesOpen: 5n }, { disputesLost: 7n }],
      ['disputesLost / disputesOpen 5: dispute lost', 'disputesLost / gateway 2: dispute lost at once'],
    ],
    [
      'a dispute that is open again',
      [{ disputesOpen: 5n }, { disputesLost: 5n }, { disputesOpen: 5n }],
      ['disputesOpen / disputesLost 5: correction of t2'],
    ],
    [
      'a dispute won after it was lost',
      [{ disputesLost: 5n }, {}],
      ['gateway / disputesLost 5: correction of t1'],
    ],
    ['nothing new', [{ captured: 5n }, { captured: 5n }], []],
  ])('for %s', (_case, targets, expected) => {
    expect(follow(...targets).at(-1)).toEqual(expected);
  });

  it('moves to the merchant or the currency that was told later', () => {
    const memory = new Memory();
    memory.follow(books({ captured: 5n }));
    const moved = { ...USD, merchant: 'acct_1' };
    const bookings = memory.follow(books({ captured: 5n }, moved));
    expect(told(bookings)).toEqual([
      'captured / gateway 5: correction of t1',
      'gateway / captured 5: later capture',
    ]);
    expect(bookings.map(({ scope }) => scope.merchant)).toEqual([null, 'acct_1']);
  });

  it('makes the books equal to any target after any other, and undoes no more than stands', () => {
    const amount = fc.integer({ min: 0, max: 9 }).map(BigInt);
    const scope = fc.record({
      mode: fc.constantFrom('live' as const, 'test' as const),
      merchant: fc.constantFrom(null, 'acct_1'),
      currency: fc.constantFrom('USD', 'EUR'),
    });
    const target = fc.array(
      fc.record({ scope, amounts: fc.record(Object.fromEntries(POSITIONS.map((name) => [name, amount]))) }),
      { maxLength: 2 },
    );
    fc.assert(
      fc.property(fc.array(target, { maxLength: 8 }), (targets) => {
        const memory = new Memory();
        for (const each of targets) {
          const wanted: Books = new Map(
            each.map(({ scope: own, amounts }) => [
              scopeKey(own),
              { scope: own, amounts: amounts as unknown as Amounts },
            ]),
          );
          const before = memory.read();
          const bookings = memory.follow(wanted);
          expect(bookings.every((booking) => booking.amount > 0n)).toBe(true);
          const fell = bookings.some(({ change }) => change === 'correction' || change === 'dispute won');
          expect(!fell || hasFall(before, wanted)).toBe(true);
          const corrections = bookings.filter(({ change }) => change === 'correction');
          expect(corrections.every(({ corrects }) => corrects !== null)).toBe(true);
          const now = memory.read();
          for (const key of new Set([...now.keys(), ...wanted.keys()]))
            expect(now.get(key)?.amounts ?? NOTHING).toEqual(wanted.get(key)?.amounts ?? NOTHING);
          expect(memory.follow(wanted)).toEqual([]);
        }
      }),
    );
  });
});
