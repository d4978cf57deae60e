import { setTimeout as sleep } from 'node:timers/promises';
import { between, TRAP_MS, within, type Fault, type Random } from './fault.js';
import type { ChaosStage } from './stage.js';

/** Does something to a line for a while. */
const onLine = (
  name: string,
  which: 'databaseLine' | 'webLine',
  act: (line: ChaosStage['webLine'], random: Random) => Promise<boolean | void> | void,
): Fault => ({
  group: 'proxy',
  name: `${which === 'webLine' ? 'web' : 'database'} ${name}`,
  async strike(stage, random) {
    await sleep(between(random, 50, 600));
    const mended = stage.broke();
    const hit = await act(stage[which], random);
    stage[which].mend();
    mended();
    return hit ?? true;
  },
});

export const LINE_FAULTS: readonly Fault[] = [
  onLine('reset', 'databaseLine', (line) => line.cut('reset')),
  onLine('closed', 'databaseLine', (line) => line.cut('close')),
  onLine('refused', 'databaseLine', async (line, random) => {
    line.refuse();
    await sleep(between(random, 100, 1_000));
  }),
  onLine('silent', 'databaseLine', async (line, random) => {
    line.fallSilent();
    await sleep(between(random, 100, 1_000));
  }),
  onLine('slow', 'databaseLine', async (line, random) => {
    line.slow(between(random, 5, 40));
    await sleep(600);
  }),
  onLine('cut in the middle', 'databaseLine', async (line, random) => {
    for (let times = 0; times < 4; times++) {
      line.cutAfter(Math.floor(between(random, 1, 20_000)));
      await sleep(150);
    }
  }),
  onLine('answer to a commit lost', 'databaseLine', (line) =>
    within(TRAP_MS, (reached) =>
      line.trapCommit({ statement: 'INSERT INTO deliveries', at: 'after', reached }),
    ),
  ),
  onLine('reset', 'webLine', async (line, random) => {
    for (let times = 0; times < 4; times++) {
      line.cut('reset');
      await sleep(between(random, 20, 150));
    }
  }),
  onLine('silent', 'webLine', async (line, random) => {
    line.fallSilent();
    await sleep(between(random, 100, 800));
  }),
  onLine('slow', 'webLine', async (line, random) => {
    line.slow(between(random, 20, 150));
    await sleep(600);
  }),
  onLine('cut in the middle', 'webLine', async (line, random) => {
    for (let times = 0; times < 6; times++) {
      line.cutAfter(Math.floor(between(random, 1, 3_000)));
      await sleep(100);
    }
  }),
];
