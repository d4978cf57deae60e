import { setTimeout as sleep } from 'node:timers/promises';
import type { ChaosStage } from './stage.js';

const RESPONSE_TIMEOUT_MS = 2_000;
const GIVE_UP_AFTER_MS = 60_000;
const PAUSE_MS = 60;

/**
 * Asks the API as a careful client does: the same request again until it is done. Throws at an answer that asking again
 * cannot change, unless it is among `again`, and after 60 s.
 */
export async function askUntilDone(
  stage: ChaosStage,
  path: string,
  init: RequestInit,
  again: readonly number[] = [429],
): Promise<void> {
  const end = performance.now() + GIVE_UP_AFTER_MS;
  let last = 'nothing';
  while (performance.now() < end) {
    try {
      const answer = await stage.askApi(path, { ...init, signal: AbortSignal.timeout(RESPONSE_TIMEOUT_MS) });
      last = `${answer.status} ${await answer.text()}`;
      if (answer.ok) return;
      if (answer.status < 500 && !again.includes(answer.status)) break;
    } catch (error) {
      last = String(error);
    }
    await sleep(PAUSE_MS);
  }
  throw new Error(`${init.method} ${path} was not done; the last answer was: ${last}`);
}
