import pg from 'pg';
import { serveBare } from './bare-server.js';

/** The least that keeps a promise: one row, answered after its commit, with all that wait in one statement. */

interface Waiting {
  id: string;
  raw: Buffer;
  resolve: () => void;
  reject: (error: unknown) => void;
}

const db = new pg.Client(process.argv[2]);
await db.connect();
await db.query(
  'CREATE TABLE received (id text PRIMARY KEY, raw bytea NOT NULL, at timestamptz NOT NULL DEFAULT now())',
);

let waiting: Waiting[] = [];
let flushing = false;

async function flushAll(): Promise<void> {
  flushing = true;
  while (waiting.length > 0) {
    const batch = waiting;
    waiting = [];
    try {
      await db.query({
        name: 'store',
        text: 'INSERT INTO received (id, raw) SELECT * FROM unnest($1::text[], $2::bytea[]) ON CONFLICT DO NOTHING',
        values: [batch.map(({ id }) => id), batch.map(({ raw }) => raw)],
      });
      for (const { resolve } of batch) resolve();
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
  flushing = false;
}

serveBare(
  ({ id }, raw) =>
    new Promise((resolve, reject) => {
      waiting.push({ id, raw, resolve, reject });
      if (!flushing) void flushAll();
    }),
);
