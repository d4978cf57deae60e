import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Fault,
  MESSAGE_TRAP_TIMEOUT_MS,
  randomBetween,
  restartAfterPause,
  TRAP_TIMEOUT_MS,
  waitForTrap,
} from './fault.js';
import type { ChaosStage } from './stage.js';

/** Kills the service before or after one kind of commit reaches the database. */
const killAtCommit = (name: string, statement: string, at: 'before' | 'after'): Fault => ({
  group: 'kill',
  name: `${name}, ${at} its commit`,
  async strike(stage, random) {
    await sleep(randomBetween(random, 0, 500));
    const hit = await waitForTrap(TRAP_TIMEOUT_MS, (reached) =>
      stage.databaseProxy.trapCommit({ statement, at, reached }),
    );
    await stage.killService();
    stage.databaseProxy.restore();
    await restartAfterPause(stage, random);
    return hit;
  },
});

/** Kills the service when a receiver took the first or second message and has not answered it. */
const killOnceTaken = (
  name: string,
  endOf: (stage: ChaosStage) => ChaosStage['mails' | 'http' | 'subscribers'],
): Fault => ({
  group: 'kill',
  name,
  async strike(stage, random) {
    const nth = Math.floor(random() * 2);
    let taken = 0;
    const hit = await waitForTrap(MESSAGE_TRAP_TIMEOUT_MS, (reached) => {
      endOf(stage).onAccepted = async () => {
        if (taken++ !== nth) return;
        await stage.killService();
        reached();
      };
    });
    endOf(stage).recover();
    if (stage.service) await stage.killService();
    await restartAfterPause(stage, random);
    return hit;
  },
});

export const KILL_FAULTS: readonly Fault[] = [
  {
    group: 'kill',
    name: 'at any moment',
    async strike(stage, random) {
      await sleep(randomBetween(random, 30, 1_500));
      await stage.killService();
      await restartAfterPause(stage, random);
      return true;
    },
  },
  killAtCommit('inside a flush', 'INSERT INTO deliveries', 'before'),
  killAtCommit('inside a flush', 'INSERT INTO deliveries', 'after'),
  killAtCommit('inside the projection', 'INSERT INTO payment_reports', 'before'),
  killAtCommit('inside the projection', 'INSERT INTO payment_reports', 'after'),
  killAtCommit('inside a handler', 'INSERT INTO notifications', 'before'),
  killAtCommit('inside orders', 'INSERT INTO orders', 'before'),
  killAtCommit('inside orders', 'INSERT INTO orders', 'after'),
  killAtCommit('inside the books', 'INSERT INTO ledger_entries', 'before'),
  killAtCommit('inside the dispatches', 'INSERT INTO dispatches', 'before'),
  killAtCommit('inside the dispatches', 'INSERT INTO dispatches', 'after'),
  {
    group: 'kill',
    name: 'one of two with work in hand, the other goes on',
    needsFreshService: true,
    async prepare(stage) {
      await stage.startService();
      stage.standby = await stage.spawnService('directly');
    },
    async strike(stage, random) {
      await sleep(randomBetween(random, 0, 300));
      const hit = await waitForTrap(TRAP_TIMEOUT_MS, (reached) =>
        stage.databaseProxy.trapCommit({ statement: 'INSERT INTO payment_reports', at: 'before', reached }),
      );
      await stage.killService();
      stage.databaseProxy.restore();
      stage.promoteStandby();
      return hit;
    },
  },
  killOnceTaken('between a mail taken and its mark', ({ mails }) => mails),
  killOnceTaken('between a message by HTTP taken and its mark', ({ http }) => http),
  killOnceTaken('between an event taken by a subscriber and its mark', ({ subscribers }) => subscribers),
];
