import { type FuzzResult } from './fuzz-run.js';

export interface Stats {
  quiet: boolean;
  deliveries: Record<'pending' | 'processed' | 'ignored' | 'parked' | 'dead', number>;
  handlers: Record<'pending' | 'dead', number>;
  notifications: Record<'pending' | 'sent' | 'suppressed' | 'dead', number>;
}

/** In shorter runs, the memory of a process that just started says nothing. */
const SETTLED_AFTER_SECONDS = 60;
const GROWTH_ALLOWED = 1.15;

/** Judges a run, and formats its figures. Pure. */
export function judgeFuzz(result: FuzzResult, stats: Stats): { text: string; asExpected: boolean } {
  const { seconds, answers, findings, slowest, memory } = result;
  const total = [...answers.values()].reduce((sum, count) => sum + count, 0);
  const quarter = Math.floor(memory.length / 4);
  const [second, last] = [median(memory.slice(quarter, 2 * quarter)), median(memory.slice(3 * quarter))];
  const settled = seconds >= SETTLED_AFTER_SECONDS;
  const dead = stats.deliveries.dead + stats.handlers.dead + stats.notifications.dead;
  const faults = [
    ...findings.map(({ nth, kind, what }) => `case ${nth} (${kind.trim()}): ${what}`),
    ...(dead > 0 ? [`${dead} dead`] : []),
    ...(stats.quiet ? [] : ['work is left undone']),
    ...(settled && last > second * GROWTH_ALLOWED ? ['the service grew'] : []),
  ];
  const lines = [
    ...[...answers]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, count]) => `  ${key.padEnd(24)} ${count}`),
    `${total} requests in ${seconds.toFixed(1)} s: ${Math.round(total / Math.max(seconds, 0.001))} a second`,
    `slowest answer: ${Math.round(slowest.ms)} ms, of case ${slowest.nth} (${slowest.kind.trim()})`,
    `memory of the service: ${Math.round(second)} MiB in the second quarter, ${Math.round(last)} MiB in the last`,
    `deliveries ${JSON.stringify(stats.deliveries)}, handlers ${JSON.stringify(stats.handlers)}`,
    ...(faults.length > 0
      ? ['', 'NOT as it should be:', ...faults.map((fault) => `  ${fault}`)]
      : ['As it should be.']),
  ];
  return { text: `${lines.join('\n')}\n`, asExpected: faults.length === 0 };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
