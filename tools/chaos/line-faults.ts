import { setTimeout as sleep } from 'node:timers/promises';
import { randomBetween, TRAP_TIMEOUT_MS, waitForTrap, type Fault, type Random } from './fault.js';
import type { ChaosStage } from './stage.js';

/** Does something to a line for a while. */
const proxyFault = (
  name: string,
  which: 'databaseLine' | 'webLine',
  act: (line: ChaosStage['webLine'], random: Random) => Promise<boolean | void> | void,
): Fault => ({
  group: 'proxy',
  name: `${which === 'webLine' ? 'web' : 'database'} ${name}`,
  async strike(stage, random) {
    await sleep(randomBetween(random, 50, 600));
    const mended = stage.beginFault();
    const hit = await act(stage[which], random);
    stage[which].restore();
    mended();
    return hit ?? true;
  },
});

export const PROXY_FAULTS: readonly Fault[] = [
  proxyFault('reset', 'databaseLine', (line) => line.breakConnections('reset')),
  proxyFault('closed', 'databaseLine', (line) => line.breakConnections('close')),
  proxyFault('refused', 'databaseLine', async (line, random) => {
    line.refuseConnections();
    await sleep(randomBetween(random, 100, 1_000));
  }),
  proxyFault('silent', 'databaseLine', async (line, random) => {
    line.swallowTraffic();
    await sleep(randomBetween(random, 100, 1_000));
  }),
  proxyFault('slow', 'databaseLine', async (line, random) => {
    line.delayTraffic(randomBetween(random, 5, 40));
    await sleep(600);
  }),
  proxyFault('cut in the middle', 'databaseLine', async (line, random) => {
    for (let times = 0; times < 4; times++) {
      line.breakAfterBytes(Math.floor(randomBetween(random, 1, 20_000)));
      await sleep(150);
    }
  }),
  proxyFault('answer to a commit lost', 'databaseLine', (line) =>
    waitForTrap(TRAP_TIMEOUT_MS, (reached) =>
      line.trapCommit({ statement: 'INSERT INTO deliveries', at: 'after', reached }),
    ),
  ),
  proxyFault('reset', 'webLine', async (line, random) => {
    for (let times = 0; times < 4; times++) {
      line.breakConnections('reset');
      await sleep(randomBetween(random, 20, 150));
    }
  }),
  proxyFault('silent', 'webLine', async (line, random) => {
    line.swallowTraffic();
    await sleep(randomBetween(random, 100, 800));
  }),
  proxyFault('slow', 'webLine', async (line, random) => {
    line.delayTraffic(randomBetween(random, 20, 150));
    await sleep(600);
  }),
  proxyFault('cut in the middle', 'webLine', async (line, random) => {
    for (let times = 0; times < 6; times++) {
      line.breakAfterBytes(Math.floor(randomBetween(random, 1, 3_000)));
      await sleep(100);
    }
  }),
];
