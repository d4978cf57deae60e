import type { EntityManager, QueryRunner } from 'typeorm';
import { isSessionFreeSql } from '../database/advisory-locks.js';

/** Every statement on `worker_sessions`. */

/** Inserts the row of a session whose lock is held. False where the number is taken. */
export async function insertSession(connection: QueryRunner, id: number): Promise<boolean> {
  const inserted = (await connection.query(
    'INSERT INTO worker_sessions (id) VALUES ($1) ON CONFLICT DO NOTHING RETURNING id',
    [id],
  )) as unknown[];
  return inserted.length === 1;
}

export async function sessionExists(connection: QueryRunner, id: number): Promise<boolean> {
  const found = (await connection.query('SELECT FROM worker_sessions WHERE id = $1', [id])) as unknown[];
  return found.length === 1;
}

/** False where it was deleted already. */
export async function deleteSession(manager: EntityManager, id: number): Promise<boolean> {
  const [, deleted] = await manager.query<[unknown, number]>('DELETE FROM worker_sessions WHERE id = $1', [
    id,
  ]);
  return deleted === 1;
}

/** The server process that answers, and the other sessions whose lock nobody holds. */
export interface Look {
  pid: number;
  dead: readonly number[];
}

export async function lookAtSessions(connection: QueryRunner, ownId: number): Promise<Look> {
  const [look] = (await connection.query(LOOK, [ownId])) as [Look];
  return look;
}

const LOOK = `SELECT pg_backend_pid() AS pid,
  ARRAY(SELECT id FROM worker_sessions WHERE id <> $1 AND ${isSessionFreeSql('id')}) AS dead`;
