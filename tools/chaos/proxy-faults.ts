import { setTimeout as sleep } from 'node:timers/promises';
import { randomBetween, TRAP_TIMEOUT_MS, waitForTrap, type Fault, type Random } from './fault.js';
import type { ChaosStage } from './stage.js';

/** Disturbs one proxy for a while. */
const proxyFault = (
  name: string,
  which: 'databaseProxy' | 'webProxy',
  act: (proxy: ChaosStage['webProxy'], random: Random) => Promise<boolean | void> | void,
): Fault => ({
  group: 'proxy',
  name: `${which === 'webProxy' ? 'web' : 'database'} ${name}`,
  async strike(stage, random) {
    await sleep(randomBetween(random, 50, 600));
    const endFault = stage.beginFault();
    const hit = await act(stage[which], random);
    stage[which].restore();
    endFault();
    return hit ?? true;
  },
});

export const PROXY_FAULTS: readonly Fault[] = [
  proxyFault('reset', 'databaseProxy', (proxy) => proxy.breakConnections('reset')),
  proxyFault('closed', 'databaseProxy', (proxy) => proxy.breakConnections('close')),
  proxyFault('refused', 'databaseProxy', async (proxy, random) => {
    proxy.refuseConnections();
    await sleep(randomBetween(random, 100, 1_000));
  }),
  proxyFault('silent', 'databaseProxy', async (proxy, random) => {
    proxy.swallowTraffic();
    await sleep(randomBetween(random, 100, 1_000));
  }),
  proxyFault('slow', 'databaseProxy', async (proxy, random) => {
    proxy.delayTraffic(randomBetween(random, 5, 40));
    await sleep(600);
  }),
  proxyFault('cut in the middle', 'databaseProxy', async (proxy, random) => {
    for (let times = 0; times < 4; times++) {
      proxy.breakAfterBytes(Math.floor(randomBetween(random, 1, 20_000)));
      await sleep(150);
    }
  }),
  proxyFault('answer to a commit lost', 'databaseProxy', (proxy) =>
    waitForTrap(TRAP_TIMEOUT_MS, (reached) =>
      proxy.trapCommit({ statement: 'INSERT INTO deliveries', at: 'after', reached }),
    ),
  ),
  proxyFault('reset', 'webProxy', async (proxy, random) => {
    for (let times = 0; times < 4; times++) {
      proxy.breakConnections('reset');
      await sleep(randomBetween(random, 20, 150));
    }
  }),
  proxyFault('silent', 'webProxy', async (proxy, random) => {
    proxy.swallowTraffic();
    await sleep(randomBetween(random, 100, 800));
  }),
  proxyFault('slow', 'webProxy', async (proxy, random) => {
    proxy.delayTraffic(randomBetween(random, 20, 150));
    await sleep(600);
  }),
  proxyFault('cut in the middle', 'webProxy', async (proxy, random) => {
    for (let times = 0; times < 6; times++) {
      proxy.breakAfterBytes(Math.floor(randomBetween(random, 1, 3_000)));
      await sleep(100);
    }
  }),
];
