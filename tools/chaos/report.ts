import { formatTable } from '../table.js';
import type { Counts, Judgement } from './judgement.js';
import { isClean } from './oracle.js';
import type { Recovery } from './recovery.js';
import type { Round } from './round.js';

const listProblems = ({ lost, wrong, duplicated, repeatedOutsideWindow }: Judgement): string[] => [
  ...lost.map((what) => `lost: ${what}`),
  ...wrong.map((what) => `wrong: ${what}`),
  ...duplicated.map((what) => `twice: ${what}`),
  ...repeatedOutsideWindow.map((what) => `sent twice: ${what}`),
];

/** One line for the round, and one line below it for each problem. */
export function formatRound(nth: number, round: Round): string {
  const { group, fault, hit, acknowledged, attempts: tries, refusals, ms, judgement, seed } = round;
  const refused = Object.entries(refusals).map(([status, times]) => `${times}×${status}`);
  const repeated = judgement.repeatedInWindow > 0 ? `, ${judgement.repeatedInWindow} sent again` : '';
  const line =
    `${isClean(judgement) ? '✓' : '✗'} ${String(nth + 1).padStart(3)} ${group.padEnd(8)} ${fault.padEnd(48)} ` +
    `${acknowledged} acknowledged of ${tries} sent${refused.length > 0 ? ` (${refused.join(' ')})` : ''}${repeated}${hit ? '' : ', never hit'}, ` +
    `${(ms / 1000).toFixed(1)} s, seed ${seed}`;
  return [line, ...listProblems(judgement).map((fault) => `      ${fault}`)].join('\n');
}

/** A table of all rounds by fault group. */
export function formatSummary(rounds: readonly Round[]): string {
  const groups = [...new Set(rounds.map(({ group }) => group))];
  const sum = (of: readonly Round[], count: (round: Round) => number): number =>
    of.reduce((total, round) => total + count(round), 0);
  const rowOf = (name: string, of: readonly Round[]): string[] =>
    [
      of.length,
      sum(of, ({ hit }) => Number(hit)),
      sum(of, (round) => round.acknowledged),
      sum(of, (round) => round.orders),
      sum(of, ({ judgement }) => judgement.lost.length),
      sum(of, ({ judgement }) => judgement.wrong.length),
      sum(of, ({ judgement }) => judgement.duplicated.length),
      sum(of, ({ judgement }) => judgement.repeatedOutsideWindow.length),
      sum(of, ({ judgement }) => judgement.repeatedInWindow),
      sum(of, ({ judgement }) => judgement.unmarkedInWindow),
    ].reduce<string[]>((row, count) => [...row, String(count)], [name]);
  return formatTable(
    [
      'fault',
      'rounds',
      'hit',
      'acknowledged',
      'orders',
      'lost',
      'wrong',
      'done twice',
      'sent twice',
      'in the window',
      'unmarked in it',
    ],
    [
      ...groups.map((group) =>
        rowOf(
          group,
          rounds.filter((round) => round.group === group),
        ),
      ),
      rowOf('all', rounds),
    ],
  );
}

/** What customers were told, by channel and kind. */
export const formatMessages = (rounds: readonly Round[]): string =>
  formatCounts(
    'messages',
    rounds.map(({ judgement }) => judgement.messages),
  );

/** What subscribers were told. */
export const formatSubscribers = (rounds: readonly Round[]): string =>
  formatCounts(
    'events',
    rounds.map(({ judgement }) => judgement.subscribers),
  );

function formatCounts(heading: string, counts: readonly Record<string, Counts>[]): string {
  const all = counts.flatMap((one) => Object.entries(one));
  const rows = [...new Set(all.map(([name]) => name))].toSorted().map((name) => {
    const of = all.flatMap(([other, counts]) => (other === name ? [counts] : []));
    const sum = (count: 'taken' | 'again'): string =>
      String(of.reduce((total, one) => total + one[count], 0));
    return [name, sum('taken'), sum('again')];
  });
  return formatTable([heading, 'taken', 'again'], rows);
}

/** A table of the times after the kill, in milliseconds, with a row for each way and each time. */
export function formatRecoveries(recoveries: readonly Recovery[]): string {
  const rows = (['restart', 'beside'] as const).flatMap((way) =>
    (['listening', 'processed', 'mailed'] as const).map((time) => {
      const times = recoveries
        .filter((one) => one.way === way)
        .map((one) => one[time])
        .sort((a, b) => a - b);
      const at = (share: number): string => String(times[Math.ceil(share * times.length) - 1] ?? '');
      return [`${way}: ${time}`, String(times.length), at(0.5), at(0.99), at(1)];
    }),
  );
  return formatTable(['ms after the kill', 'rounds', 'p50', 'p99', 'max'], rows);
}
