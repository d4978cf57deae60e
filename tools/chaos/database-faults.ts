import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError } from 'pg';
import { randomBetween, type Fault } from './fault.js';
import type { ChaosStage } from './stage.js';

/** Kills one backend of PostgreSQL. PostgreSQL then closes all connections and recovers. */
async function killBackend(stage: ChaosStage): Promise<void> {
  const { rows } = await stage.db.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
     ORDER BY backend_start LIMIT 1`,
  );
  if (rows[0]) process.kill(rows[0].pid, 'SIGKILL');
  await waitUntilAnswering(stage);
}

async function waitUntilAnswering(stage: ChaosStage): Promise<void> {
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
    await sleep(randomBetween(random, 50, 700));
    const endFault = stage.beginFault();
    process.kill(stage.postgres.pid, signal);
    await sleep(randomBetween(random, 0, 800));
    await restartPostgres(stage);
    endFault();
    return true;
  },
});

/** A killed server may hold its shared memory for a moment, so the restart is tried for up to 5 s. */
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
      await sleep(randomBetween(random, 50, 700));
      const endFault = stage.beginFault();
      await killBackend(stage);
      endFault();
      return true;
    },
  },
  {
    group: 'database',
    name: 'a server that takes no writes',
    async strike(stage, random) {
      await sleep(randomBetween(random, 50, 700));
      const endFault = stage.beginFault();
      await setWritable(stage, false);
      await sleep(randomBetween(random, 500, 2_500));
      await setWritable(stage, true);
      endFault();
      return true;
    },
  },
  {
    group: 'database',
    name: 'settings that nobody tests with',
    needsFreshService: true,
    async prepare(stage) {
      await stage.stopService();
      await changeSettings(stage, (name, value) => `SET ${name} = ${value}`);
      await stage.startService();
    },
    async strike(stage) {
      // Open sessions keep the settings, so they hold for this round only.
      await changeSettings(stage, (name) => `RESET ${name}`);
      return true;
    },
  },
];

/** As after a failover to a standby at the same address: sessions stay, reads work, writes fail with 25006. */
async function setWritable(stage: ChaosStage, does: boolean): Promise<void> {
  await stage.db.query(`ALTER SYSTEM SET default_transaction_read_only = ${does ? 'off' : 'on'}`);
  await stage.db.query('SELECT pg_reload_conf()');
}

/** Settings that an administrator may have changed, with values that no developer's server has. */
const ODD_SETTINGS: Readonly<Record<string, string>> = {
  datestyle: `'SQL, DMY'`,
  intervalstyle: `'iso_8601'`,
  timezone: `'Asia/Kathmandu'`,
  standard_conforming_strings: 'off',
  array_nulls: 'off',
  bytea_output: `'escape'`,
  extra_float_digits: '-3',
  default_transaction_isolation: `'repeatable read'`,
};

/** Skips a setting that this version of PostgreSQL does not allow to change. */
async function changeSettings(
  stage: ChaosStage,
  change: (name: string, value: string) => string,
): Promise<void> {
  const { rows } = await stage.db.query<{ name: string }>('SELECT current_database() AS name');
  for (const [name, value] of Object.entries(ODD_SETTINGS))
    await stage.db
      .query(`ALTER DATABASE "${rows[0]?.name}" ${change(name, value)}`)
      .catch((error: unknown) => {
        if (!(error instanceof DatabaseError) || error.code !== INVALID_PARAMETER_VALUE) throw error;
      });
}
const INVALID_PARAMETER_VALUE = '22023';
