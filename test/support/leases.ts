import pg from 'pg';

/** What a killed process had in hand is free again, as it would be by itself after the lease. */
export async function leasesRunOut(databaseUrl: string): Promise<void> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  for (const work of ['delivery_work', 'handler_runs', 'notifications'])
    await client.query(`UPDATE ${work} SET leased_until = now() WHERE leased_until IS NOT NULL`);
  await client.end();
}
