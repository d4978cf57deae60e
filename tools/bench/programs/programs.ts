import { join } from 'node:path';
import type { DatabaseServer, OneDatabase } from '../bench-database.js';
import { type ChildProgram, startProgram } from './child-program.js';
import { type PayhookProgram, startPayhook } from './payhook.js';

/** The letters of the comparison, in the order in which the report tells them. */
export const PROGRAMS = {
  bare: { letter: '0', what: 'bare `node:http`: HMAC, `JSON.parse`; keeps nothing', rows: 0 },
  'reference-limit': {
    letter: 'a',
    what: 'bare `node:http`: HMAC, `JSON.parse`, group-committed insert: the limit',
    rows: 1,
  },
  'competent-nest': {
    letter: 'b',
    what: 'Nest as one writes it: guard, ValidationPipe, event emitter, TypeORM find and save',
    rows: 2,
  },
  'sync-engine': { letter: 'c', what: '`@supabase/stripe-sync-engine` behind Fastify: upsert', rows: 1 },
  'article-express': { letter: 'd', what: "the article's Express sample: checks and keeps nothing", rows: 0 },
  'empty-nest': {
    letter: 'e',
    what: 'Nest 12 on Express 5: raw bytes, guard, `JSON.parse`; keeps nothing',
    rows: 0,
  },
  'validating-nest': {
    letter: 'e2',
    what: 'the same with class-transformer and class-validator on four fields',
    rows: 0,
  },
  payhook: { letter: 'f', what: '**Payhook**, the whole of it: `dist/main.js`', rows: 1 },
} as const;

export type ProgramName = keyof typeof PROGRAMS;

/** A program that runs on an empty database of its own. */
export interface RunningProgram extends ChildProgram {
  name: ProgramName;
  database: OneDatabase;
  /** Ends it and drops its database, unless it was given one. */
  end(): Promise<void>;
}

/** What only Payhook understands, but for `node`. */
export interface PayhookOptions extends PayhookProgram {
  /** One that is there already, and stays. */
  database?: OneDatabase;
}

export async function run(
  name: ProgramName,
  server: DatabaseServer,
  options: PayhookOptions = {},
): Promise<RunningProgram> {
  const database = options.database ?? (await server.create(name));
  const program =
    name === 'payhook'
      ? await startPayhook({
          ...options,
          environment: { DATABASE_URL: database.url, ...options.environment },
        })
      : await startProgram({
          node: options.node,
          file: join(import.meta.dirname, `${name}.js`),
          args: [database.url],
          environment: { NODE_ENV: 'production' },
        });
  return {
    ...program,
    name,
    database,
    async end() {
      await program.stop();
      if (!options.database) await database.drop();
    },
  };
}
