import { saturate } from '../bench.js';
import type { Events } from '../load/events.js';
import type { Outcome } from '../load/orders.js';
import { untilQuiet } from '../load/stats.js';
import type { RunningProgram } from '../programs/programs.js';

export interface EndToEnd extends Outcome {
  /** From the first request until all that follows from it was committed and nothing was pending, no alert either. */
  secondsToQuiet: number;
}

/** As many a second as are answered, and then until everything that follows from them is done. */
export async function endToEnd(
  { url }: Pick<RunningProgram, 'url'>,
  count: number,
  about: Partial<Events> = {},
): Promise<EndToEnd> {
  const outcome = await saturate(url, count, about);
  const quietAt = await untilQuiet(url);
  return { ...outcome, secondsToQuiet: outcome.seconds + (quietAt - outcome.endedAt) / 1000 };
}

/** A service that has warmed up and has nothing left to do. */
export async function warmUp(program: RunningProgram, count: number): Promise<number> {
  const { secondsToQuiet } = await endToEnd(program, count);
  return count / secondsToQuiet;
}
