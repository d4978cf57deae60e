import { setTimeout as wait } from 'node:timers/promises';

/** In milliseconds: between two questions. */
const PAUSE_MS = 15;

/**
 * Asks again until the answer is truthy, and answers it.
 * @throws where that takes longer than `withinMs`; the message names `what` was waited for.
 */
export async function until<Result>(
  ask: () => Promise<Result> | Result,
  what: string,
  withinMs = 10_000,
): Promise<Result> {
  const end = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (performance.now() > end) throw new Error(`waited ${withinMs} ms for ${what}`);
    await wait(PAUSE_MS);
  }
}
