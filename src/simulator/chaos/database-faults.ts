import { setTimeout as sleep } from 'node:timers/promises';
import { between, type Fault } from './fault.js';
import type { ChaosStage } from './stage.js';

/** Kills a server process of the database: it throws everybody out and recovers by itself. */
async function killBackend(stage: ChaosStage): Promise<void> {
  const { rows } = await stage.db.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
     ORDER BY backend_start LIMIT 1`,
  );
  if (rows[0]) process.kill(rows[0].pid, 'SIGKILL');
  await untilAnswering(stage);
}

async function untilAnswering(stage: ChaosStage): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const answered = await stage.db.query('SELECT 1').then(
      () => true,
      () => false,
    );
    if (answered) return;
    await sleep(50);
  }
}

const killPostgres = (signal: 'SIGKILL' | 'SIGQUIT', name: string): Fault => ({
  group: 'database',
  name,
  async strike(stage, random) {
    await sleep(between(random, 50, 700));
    const back = stage.broke();
    process.kill(stage.postgres.pid, signal);
    await sleep(between(random, 0, 800));
    await restartPostgres(stage);
    back();
    return true;
  },
});

/** The last breath of a killed server may still hold its memory for a moment. */
async function restartPostgres(stage: ChaosStage): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await stage.postgres.restart();
    } catch (error) {
      if (tries === 50) throw error;
      await sleep(100);
    }
  }
}

export const DATABASE_FAULTS: readonly Fault[] = [
  killPostgres('SIGKILL', 'the postmaster killed'),
  killPostgres('SIGQUIT', 'the postmaster ended at once'),
  {
    group: 'database',
    name: 'a server process killed',
    async strike(stage, random) {
      await sleep(between(random, 50, 700));
      const back = stage.broke();
      await killBackend(stage);
      back();
      return true;
    },
  },
];
