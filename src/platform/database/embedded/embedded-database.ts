import pg from 'pg';

/** A URL with the folder of the socket, in the form that `pg`, TypeORM and libpq accept. */
export function urlOf(socketFolder: string, database = 'payhook'): string {
  return `postgres://postgres@localhost/${database}?host=${encodeURIComponent(socketFolder)}`;
}

const NO_SUCH_DATABASE = '3D000';
/** Errors of the second of two concurrent starts: the name exists, or the unique index of the catalogue rejects it. */
const CREATED_CONCURRENTLY = ['42P04', '23505'];

/** Creates the database `payhook` if it does not exist. */
export async function ensureDatabase(socketFolder: string): Promise<void> {
  try {
    await query(urlOf(socketFolder), 'SELECT 1');
  } catch (error) {
    if (!isDatabaseError(error, [NO_SUCH_DATABASE])) throw error;
    await createDatabase(socketFolder);
  }
}

async function createDatabase(socketFolder: string): Promise<void> {
  try {
    await query(urlOf(socketFolder, 'postgres'), 'CREATE DATABASE payhook');
  } catch (error) {
    if (!isDatabaseError(error, CREATED_CONCURRENTLY)) throw error;
  }
}

async function query(url: string, text: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

function isDatabaseError(error: unknown, codes: string[]): boolean {
  return error instanceof pg.DatabaseError && error.code !== undefined && codes.includes(error.code);
}
