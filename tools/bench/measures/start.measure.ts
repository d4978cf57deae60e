import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onExit } from '../at-end.js';
import type { Measure } from '../bench.js';
import { startPayhook } from '../programs/payhook.js';

/** From the start of the process until it is ready, with an embedded database that was there before. */
export const start: Measure = {
  name: 'start',
  asks: 'from start to ready on an embedded database that exists (12)',
  async run(bench) {
    const folder = await mkdtemp(join(tmpdir(), 'payhook-bench-data-'));
    const remove = onExit(() => rm(folder, { recursive: true, force: true }));
    const environment = { ALLOW_EMBEDDED: '1', DATA_DIR: folder };
    const seconds: number[] = [];
    for (let nth = 0; nth <= Math.max(2, bench.rounds); nth++) {
      const began = performance.now();
      const service = await startPayhook({ environment });
      const ready = (performance.now() - began) / 1000;
      if (nth > 0) seconds.push(ready); // the first one makes the database
      bench.log(`${nth === 0 ? 'cold' : 'warm'}: ready after ${ready.toFixed(2)} s`);
      await service.stop();
    }
    await remove();
    return [
      {
        question: 12,
        what: 'Start until ready, embedded database',
        unit: ' s',
        figures: seconds,
        target: { kind: 'at most', value: 1.5 },
      },
    ];
  },
};
