import Sequencer from '@jest/test-sequencer';

/**
 * The test files that take longest, 93 to 35 s on 2 cores. Jest itself knows no durations in a fresh clone and begins with
 * the largest file: one of these would then run at the end, alone.
 */
const LONGEST = [
  'chaos',
  'roles',
  'life-cycles',
  'worker-sessions',
  'workers',
  'ledger',
  'reconciliation-answers',
  'convergence',
  'start',
  'reconciliation-processes',
  'conformance-crash',
  'reconciliation-stored',
  'ending',
  'real-shapes',
  'replays',
  'database-away',
];

const rankOf = ({ path }) => {
  const rank = LONGEST.findIndex((name) => path.includes(`/${name}.`));
  return rank < 0 ? LONGEST.length : rank;
};

export default class LongestFirst extends Sequencer {
  sort(tests) {
    return super.sort(tests).toSorted((one, other) => rankOf(one) - rankOf(other));
  }
}
