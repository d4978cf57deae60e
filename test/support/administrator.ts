import pg from 'pg';

/** Runs statements, one after the other, on a connection of their own; answers with the rows of the last. */
export async function administer<Row extends pg.QueryResultRow>(
  databaseUrl: string,
  ...statements: readonly string[]
): Promise<Row[]> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  try {
    let rows: Row[] = [];
    for (const statement of statements) ({ rows } = await client.query<Row>(statement));
    return rows;
  } finally {
    await client.end();
  }
}

/** The same database for another role. */
export function asRole(databaseUrl: string, role: string): string {
  const url = new URL(databaseUrl);
  url.username = role;
  url.password = '';
  return url.href;
}
