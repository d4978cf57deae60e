import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';

/**
 * Loaded into a service before it starts (`--import`): V8's own sampling profilers, as of `--cpu-prof` and
 * `--heap-prof`, which would sample the start and the warm-up too. The first SIGWINCH begins, the second writes to the
 * file that the query of this module's URL names; every signal of more use means something to Node or to Nest.
 */
const MICROSECONDS_BETWEEN_SAMPLES = 500;
const BYTES_BETWEEN_SAMPLES = 16 * 1024;

const query = new URL(import.meta.url).searchParams;
const file = query.get('to');
const session = new Session();
let sampling = false;

async function begin(): Promise<void> {
  session.connect();
  if (query.get('of') === 'allocations') {
    await session.post('HeapProfiler.startSampling', {
      samplingInterval: BYTES_BETWEEN_SAMPLES,
      // What is gone by the end was allocated all the same, and that is nearly all of it.
      includeObjectsCollectedByMajorGC: true,
      includeObjectsCollectedByMinorGC: true,
    });
    return;
  }
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: MICROSECONDS_BETWEEN_SAMPLES });
  await session.post('Profiler.start');
}

async function end(): Promise<unknown> {
  const stop = query.get('of') === 'allocations' ? 'HeapProfiler.stopSampling' : 'Profiler.stop';
  return (await session.post(stop as 'Profiler.stop')).profile;
}

async function toggle(): Promise<void> {
  if (!sampling) {
    sampling = true;
    return begin();
  }
  const profile = await end();
  if (file !== null) writeFileSync(file, JSON.stringify(profile));
}

process.on('SIGWINCH', () => void toggle());
