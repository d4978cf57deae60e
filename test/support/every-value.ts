import pg from 'pg';

/**
 * Where in the whole database a text stands: `table.column` for every text, JSON and bytea column of every table that
 * holds it, in any case. Bytes are read as ASCII, with escapes for all others, so that nothing in them is unreadable.
 */
export async function columnsHolding(databaseUrl: string, text: string): Promise<string[]> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    const { rows: columns } = await client.query<{ table: string; column: string; type: string }>(
      `SELECT table_name AS table, column_name AS column, data_type AS type FROM information_schema.columns
       WHERE table_schema = 'public' AND data_type IN ('text', 'character varying', 'json', 'jsonb', 'bytea', 'ARRAY')
       ORDER BY 1, 2`,
    );
    const holding: string[] = [];
    for (const { table, column, type } of columns) {
      const value = type === 'bytea' ? `encode("${column}", 'escape')` : `"${column}"::text`;
      const { rowCount } = await client.query(
        `SELECT FROM "${table}" WHERE position(lower($1) IN lower(${value})) > 0 LIMIT 1`,
        [text],
      );
      if (rowCount !== 0) holding.push(`${table}.${column}`);
    }
    return holding;
  } finally {
    await client.end();
  }
}

/** One statement on the app's database, past the front door: for what only time or another process could do. */
export async function sql<Row extends pg.QueryResultRow>(
  databaseUrl: string,
  text: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}
