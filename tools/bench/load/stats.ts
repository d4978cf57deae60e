import { setTimeout as wait } from 'node:timers/promises';
import { API_KEY } from '../programs/payhook.js';

/** What the service says of its work: `GET /stats`. The same in every version, whatever its tables look like. */
export interface Stats {
  deliveries: Record<'pending' | 'processed' | 'dead' | 'parked', number>;
  handlers: Record<'pending' | 'dead', number>;
  notifications: Record<'pending' | 'sent' | 'suppressed' | 'dead', number>;
  quiet: boolean;
}

export async function statsOf(url: string): Promise<Stats> {
  const response = await fetch(`${url}/stats`, { headers: { authorization: `Bearer ${API_KEY}` } });
  if (!response.ok) throw new Error(`/stats answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as Stats;
}

export const pendingIn = ({ deliveries, handlers, notifications }: Stats): number =>
  deliveries.pending + handlers.pending + notifications.pending;

/** A backlog of minutes of full load takes longer to work off than it took to come. */
const TIMEOUT_MS = 1_800_000;
const MIN_PAUSE_MS = 10;
const MAX_PAUSE_MS = 1_000;

/** Resolves with the moment (milliseconds since 1970) at which nothing was pending any more. */
export async function untilQuiet(url: string): Promise<number> {
  const began = Date.now();
  let last = { at: began, pending: 0 };
  for (;;) {
    const stats = await statsOf(url);
    const now = { at: Date.now(), pending: pendingIn(stats) };
    if (stats.quiet) return performance.timeOrigin + performance.now();
    if (now.at - began > TIMEOUT_MS) throw new Error('the service did not come to an end with its work');
    await wait(pauseBetween(last, now));
    last = now;
  }
}

interface Backlog {
  at: number;
  pending: number;
}

/**
 * Counting costs the database more the more there is to count: half of the time that the rest will take at the pace
 * since the last count, and the end is still seen to {@link MIN_PAUSE_MS}.
 */
export function pauseBetween(last: Backlog, now: Backlog): number {
  const perMs = (last.pending - now.pending) / (now.at - last.at);
  const left = perMs > 0 ? now.pending / perMs : MIN_PAUSE_MS * 10;
  return Math.min(MAX_PAUSE_MS, Math.max(MIN_PAUSE_MS, left / 2));
}
