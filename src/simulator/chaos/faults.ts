import { setTimeout as sleep } from 'node:timers/promises';
import type { ChaosStage } from './stage.js';

export const FAULT_GROUPS = ['kill', 'database', 'proxy', 'smtp', 'clock'] as const;
export type FaultGroup = (typeof FAULT_GROUPS)[number];

type Random = () => number;

export interface Fault {
  group: FaultGroup;
  name: string;
  /** What runs after the round is not the ordinary service: the next round starts another. */
  leavesOdd?: true;
  /** Before the traffic begins. */
  prepare?(stage: ChaosStage, random: Random): Promise<void>;
  /** While it is under way. When it resolves, everything works again; false: the moment it waited for never came. */
  strike(stage: ChaosStage, random: Random): Promise<boolean>;
}

/** Traps wait so long for their moment; a round that never has it is struck anyway. */
const TRAP_MS = 4_000;
const between = (random: Random, least: number, most: number): number => least + random() * (most - least);

async function restartSoon(stage: ChaosStage, random: Random): Promise<void> {
  await sleep(between(random, 0, 300));
  await stage.startService();
}

/** Kills the service while a certain commit is under way, on either side of the moment at which it counts. */
const killAtCommit = (name: string, statement: string, at: 'before' | 'after'): Fault => ({
  group: 'kill',
  name: `${name}, ${at} its commit`,
  async strike(stage, random) {
    await sleep(between(random, 0, 500));
    const hit = await within(TRAP_MS, (reached) => stage.databaseLine.trapCommit({ statement, at, reached }));
    await stage.killService();
    stage.databaseLine.mend();
    await restartSoon(stage, random);
    return hit;
  },
});

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

const skewed = (name: string, skew: (random: Random) => ChaosStage['skew']): Fault => ({
  group: 'clock',
  name,
  leavesOdd: true,
  async prepare(stage, random) {
    stage.skew = skew(random);
    await stage.stopService();
    await stage.startService();
  },
  strike: async () => true,
});

/** Signed timestamps count for 300 s either way: what is wrong with a clock stays within that. */
const MOST_SKEW_S = 240;
const anySkew = (random: Random): number => Math.round(between(random, -MOST_SKEW_S, MOST_SKEW_S));

export const FAULTS: readonly Fault[] = [
  {
    group: 'kill',
    name: 'at any moment',
    async strike(stage, random) {
      await sleep(between(random, 30, 1_500));
      await stage.killService();
      await restartSoon(stage, random);
      return true;
    },
  },
  killAtCommit('inside a flush', 'INSERT INTO deliveries', 'before'),
  killAtCommit('inside a flush', 'INSERT INTO deliveries', 'after'),
  killAtCommit('inside the projection', 'INSERT INTO payment_reports', 'before'),
  killAtCommit('inside the projection', 'INSERT INTO payment_reports', 'after'),
  killAtCommit('inside a handler', 'UPDATE handler_runs SET status', 'before'),
  {
    group: 'kill',
    name: 'one of two with work in hand, the other goes on',
    leavesOdd: true,
    async prepare(stage) {
      await stage.startService();
      stage.spare = await stage.spawnService('directly');
    },
    async strike(stage, random) {
      await sleep(between(random, 0, 300));
      const hit = await within(TRAP_MS, (reached) =>
        stage.databaseLine.trapCommit({ statement: 'INSERT INTO payment_reports', at: 'before', reached }),
      );
      await stage.killService();
      stage.databaseLine.mend();
      stage.takeOver();
      return hit;
    },
  },
  {
    group: 'kill',
    name: 'between a mail taken and its mark',
    async strike(stage, random) {
      const nth = Math.floor(random() * 2);
      let taken = 0;
      const hit = await within(TRAP_MS, (reached) => {
        stage.mails.onTaken = async () => {
          if (taken++ !== nth) return;
          await stage.killService();
          reached();
        };
      });
      stage.mails.recover();
      if (stage.service) await stage.killService();
      await restartSoon(stage, random);
      return hit;
    },
  },
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
  {
    group: 'smtp',
    name: 'refusing',
    async strike(stage) {
      stage.mails.refuse();
      await sleep(3_200);
      stage.mails.recover();
      return true;
    },
  },
  {
    group: 'smtp',
    name: 'silent after it took a mail, then closing late',
    async strike(stage) {
      const mended = stage.broke();
      stage.mails.fallSilent();
      await sleep(3_500);
      stage.mailLine.cut('close');
      stage.mails.recover();
      mended();
      return true;
    },
  },
  {
    group: 'smtp',
    name: 'cut right after it took a mail',
    async strike(stage) {
      const mended = stage.broke();
      const hit = await within(TRAP_MS, (reached) => {
        stage.mails.onTaken = () => {
          stage.mailLine.cut('reset');
          reached();
        };
      });
      stage.mails.recover();
      mended();
      return hit;
    },
  },
  {
    group: 'smtp',
    name: 'not there',
    async strike(stage) {
      stage.mailLine.refuse();
      await sleep(3_200);
      stage.mailLine.mend();
      return true;
    },
  },
  skewed("the service's is wrong", (random) => ({ skew: anySkew(random), later: 0, after: 1e9 })),
  skewed("the service's jumps", (random) => {
    const skew = anySkew(random);
    return { skew, later: Math.max(-MOST_SKEW_S, Math.min(MOST_SKEW_S, -skew)), after: 2_500 };
  }),
];

/** Calls `arm`, and waits until what it was given is called, but not for longer than `ms`: false then. */
async function within(ms: number, arm: (reached: () => void) => void): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const hit = await new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
    arm(() => resolve(true));
  });
  clearTimeout(timer);
  return hit;
}
