import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../platform/database/data-source-options.js';
import { startThrowawayPostgres } from '../platform/database/embedded/throwaway-postgres.js';
import { schema } from '../schema/index.js';

/** Runs all migrations up, down and up again. Returns one sentence for each problem found. */
async function findDrift(dataSource: DataSource): Promise<string[]> {
  await dataSource.runMigrations({ transaction: 'each' });
  const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
  const drift = upQueries.map(({ query }) => `entities and migrations differ: ${query}`);

  for (const _ of dataSource.migrations) await dataSource.undoLastMigration({ transaction: 'each' });
  const left = (await findLeftovers(dataSource)).map((name) => `down() leaves behind: ${name}`);
  if (left.length === 0) await dataSource.runMigrations({ transaction: 'each' });
  return [...drift, ...left];
}

/** Names of everything in the schema except TypeORM's own table and its sequence. */
async function findLeftovers(dataSource: DataSource): Promise<string[]> {
  const rows = await dataSource.query<{ name: string }[]>(`
    SELECT relname AS name FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
       AND relname NOT IN ('migrations', 'migrations_id_seq')
    UNION ALL
    SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd')
    UNION ALL
    SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL
    SELECT extname FROM pg_extension WHERE extname <> 'plpgsql'`);
  return rows.map((row) => row.name);
}

/** Works on a throwaway PostgreSQL server. DATABASE_URL is not used. */
async function main(): Promise<number> {
  const server = await startThrowawayPostgres(() => undefined);
  try {
    const dataSource = await new DataSource(dataSourceOptions(server.url, schema)).initialize();
    const faults = await findDrift(dataSource).finally(() => dataSource.destroy());
    const count = dataSource.migrations.length;
    const verdict = `${count} migrations go up, down and up again, and say what the entities say.`;
    process.stdout.write(`${faults.length === 0 ? verdict : faults.join('\n')}\n`);
    return faults.length === 0 ? 0 : 1;
  } finally {
    await server.stop();
  }
}

process.exitCode = await main();
