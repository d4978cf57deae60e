import type { Measure } from '../bench.js';
import type { OneDatabase } from '../bench-database.js';
import type { Finding } from '../findings.js';
import { run } from '../programs/programs.js';
import { endToEnd, warmUp } from './pending.js';

const WARM_UP = 1000;

/** What one webhook makes the database write, from its bytes to the last handler. */
export const writes: Measure = {
  name: 'writes',
  asks: 'rows and bytes of WAL written for a webhook (11)',
  async run(bench) {
    const count = bench.quick ? 1000 : 10_000;
    const program = await run('payhook', bench.server);
    const { database } = program;
    await warmUp(program, WARM_UP);
    const before = await walPosition(database);
    await endToEnd(program, count);
    const wal = (await walPosition(database)) - before;
    // A connection tells its counts when it ends; so all are told, of the warm-up too.
    await program.stop();
    const all = count + WARM_UP;
    const tables = await rowsWritten(database);
    await program.end();
    return findings(tables, all, wal / count);
  },
};

interface Written {
  table: string;
  inserted: number;
  updated: number;
  deleted: number;
}

async function walPosition(database: OneDatabase): Promise<number> {
  const [row] = await database.query<{ at: string }>(`SELECT pg_current_wal_lsn() - '0/0'::pg_lsn AS at`);
  return Number(row?.at);
}

const rowsWritten = (database: OneDatabase): Promise<Written[]> =>
  database.query<Written>(
    `SELECT relname AS table, n_tup_ins::float8 AS inserted, n_tup_upd::float8 AS updated, n_tup_del::float8 AS deleted
     FROM pg_stat_user_tables WHERE relname <> 'migrations' ORDER BY relname`,
  );

function findings(tables: readonly Written[], webhooks: number, wal: number): Finding[] {
  const total = tables.reduce((sum, { inserted, updated, deleted }) => sum + inserted + updated + deleted, 0);
  const parts = tables
    .map(({ table, inserted, updated, deleted }) => {
      const each = { inserted, updated, deleted };
      const told = Object.entries(each).flatMap(([what, n]) =>
        n / webhooks >= 0.01 ? [`${(n / webhooks).toFixed(2).replace(/\.00$/, '')} ${what}`] : [],
      );
      return told.length > 0 ? `${table} ${told.join(', ')}` : null;
    })
    .filter((part) => part !== null);
  return [
    {
      question: 11,
      what: `Rows written for a webhook, end to end (${parts.join('; ')})`,
      unit: '',
      figures: [total / webhooks],
    },
    {
      question: 11,
      what: 'WAL for a webhook of 1.5 kB, end to end',
      unit: ' bytes',
      figures: [wal],
      target: { kind: 'at most', value: 5000, aim: 4000 },
    },
  ];
}
