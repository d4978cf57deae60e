import type { DataSource, MigrationInterface } from 'typeorm';
import { DefaultNamingStrategy } from 'typeorm';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions.js';

/** What must have run before Payhook works. */
export interface NeededSchema {
  readonly entities: readonly (new () => object)[];
  readonly migrations: readonly (new () => MigrationInterface)[];
  /** Where the tables are. */
  readonly schema: string;
}

const OLDEST_VERSION = 14;

/**
 * What is wrong with a host's data source, as sentences; none where Payhook can work on it. What only the server can
 * tell is asked where the options are right.
 */
export async function hostDataSourceFaults(db: DataSource, needed: NeededSchema): Promise<readonly string[]> {
  if (db.options.type !== 'postgres')
    return [`The host's data source must be a PostgreSQL one (type: 'postgres'), not ${db.options.type}.`];
  const faults = optionFaults(db.options, db, needed);
  return faults.length > 0 ? faults : await serverFaults(db, needed);
}

function optionFaults(
  { synchronize, namingStrategy, entityPrefix, schema }: PostgresDataSourceOptions,
  db: DataSource,
  needed: NeededSchema,
): string[] {
  const faults: string[] = [];
  if (synchronize)
    faults.push(
      "The host's data source must not have synchronize: true. It would rebuild Payhook's tables without the rules that " +
        'only their migrations know. Use migrations.',
    );
  if (namingStrategy !== undefined && namingStrategy.constructor !== DefaultNamingStrategy)
    faults.push(
      `The host's data source must not have a naming strategy (${namingStrategy.constructor.name}). Payhook's statements ` +
        "name their tables and columns. Name the host's own columns in @Column, or open a second data source for them.",
    );
  if (entityPrefix !== undefined && entityPrefix !== '')
    faults.push(
      `The host's data source must not have an entityPrefix ("${entityPrefix}"). Payhook's statements name their tables. ` +
        'Put the tables into a schema of their own instead (the option schema).',
    );
  if (schema !== undefined && schema !== needed.schema)
    faults.push(
      `The host's data source has the schema ${schema}, but the option schema of Payhook is ${needed.schema}: they must be the same.`,
    );
  const missing = needed.entities.filter((entity) => !db.hasMetadata(entity)).map(({ name }) => name);
  if (missing.length > 0)
    faults.push(
      `The host's data source lacks entities of Payhook: ${missing.join(', ')}. Add the list \`entities\` of payhook.`,
    );
  return faults;
}

interface Facts {
  version: number;
  encoding: string;
  isolation: string;
  strings: string;
}

async function serverFaults(
  db: DataSource,
  { entities, migrations, schema }: NeededSchema,
): Promise<string[]> {
  const [facts] = await db.query<Facts[]>(
    `SELECT current_setting('server_version_num')::integer / 10000 AS version,
       current_setting('server_encoding') AS encoding,
       current_setting('default_transaction_isolation') AS isolation,
       current_setting('standard_conforming_strings') AS strings`,
  );
  if (facts === undefined) throw new Error('the server told nothing of itself');
  const faults: string[] = [];
  if (facts.version < OLDEST_VERSION)
    faults.push(
      `The host's database runs PostgreSQL ${facts.version}; Payhook needs ${OLDEST_VERSION} or later.`,
    );
  if (facts.encoding !== 'UTF8')
    faults.push(`The host's database keeps text as ${facts.encoding}; Payhook needs UTF8.`);
  if (facts.isolation !== 'read committed')
    faults.push(`The host's sessions must begin transactions as read committed, not ${facts.isolation}.`);
  if (facts.strings !== 'on') faults.push("The host's sessions must have standard_conforming_strings on.");
  faults.push(...(await migrationFaults(db, migrations)));
  if (faults.length === 0) faults.push(...(await schemaFaults(db, entities, schema)));
  return faults;
}

async function migrationFaults(db: DataSource, migrations: NeededSchema['migrations']): Promise<string[]> {
  const table = db.options.migrationsTableName ?? 'migrations';
  const [found] = await db.query<{ found: string | null }[]>('SELECT to_regclass($1)::text AS found', [
    table,
  ]);
  const rows =
    found?.found == null ? [] : await db.query<{ name: string }[]>(`SELECT name FROM ${found.found}`);
  const applied = new Set(rows.map(({ name }) => name));
  const missing = migrations.map((migration) => migration.name).filter((name) => !applied.has(name));
  if (missing.length === 0) return [];
  return [
    `${missing.length} migrations of Payhook have not run on the host's database, the first of them ${missing[0]}. Add ` +
      "the list `migrations` of payhook to the host's data source and run them before the start (or migrationsRun: true), with migrationsTransactionMode: 'each'.",
  ];
}

async function schemaFaults(
  db: DataSource,
  entities: NeededSchema['entities'],
  schema: string,
): Promise<string[]> {
  const tables = entities.map((entity) => db.getMetadata(entity).tableName);
  const elsewhere = await db.query<{ name: string; schema: string | null }[]>(
    `SELECT name, (SELECT nspname FROM pg_namespace WHERE pg_namespace.oid = pg_class.relnamespace) AS schema
     FROM unnest($1::text[]) AS name LEFT JOIN pg_class ON pg_class.oid = to_regclass(quote_ident(name))
     WHERE NOT EXISTS (SELECT FROM pg_namespace WHERE pg_namespace.oid = pg_class.relnamespace AND nspname = $2)`,
    [tables, schema],
  );
  if (elsewhere.length === 0) return [];
  const [first] = elsewhere;
  return [
    `Payhook's tables must be found in the schema ${schema}, but the host's sessions find ${first?.name} in ` +
      `${first?.schema ?? 'none'}. Set the option schema of Payhook, or the search_path of the host's role.`,
  ];
}
