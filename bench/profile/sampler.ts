import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';

/**
 * Loaded into a service before it starts (`--import`): V8's own sampling profiler, as of `--cpu-prof`, which would
 * sample the start and the warm-up too. The first SIGWINCH begins, the second writes to the file that the query of
 * this module's URL names; every signal of more use means something to Node or to Nest.
 */
const MICROSECONDS_BETWEEN_SAMPLES = 500;

const file = new URL(import.meta.url).searchParams.get('to');
const session = new Session();
let sampling = false;

async function toggle(): Promise<void> {
  if (!sampling) {
    sampling = true;
    session.connect();
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: MICROSECONDS_BETWEEN_SAMPLES });
    await session.post('Profiler.start');
    return;
  }
  const { profile } = await session.post('Profiler.stop');
  if (file !== null) writeFileSync(file, JSON.stringify(profile));
}

process.on('SIGWINCH', () => void toggle());
