import type { EntityManager } from 'typeorm';

/**
 * The time by the clock of the database. What is due is asked for by that clock, so it is planned by the same one: the
 * clock of this process may be wrong.
 */
export async function databaseTime(manager: EntityManager): Promise<Date> {
  const [row] = await manager.query<{ now: Date }[]>('SELECT now() AS now');
  if (row === undefined) throw new Error('the database tells no time');
  return row.now;
}
