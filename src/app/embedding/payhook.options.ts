import type { Extensions } from '../extensions.js';

/** What `forRootAsync` may take from the host's providers. */
export interface PayhookOptions {
  /**
   * The variables of `.env.example`, by name: secrets, keys, limits. Left out: the environment of the process. The file
   * `.env` is not read. What only a process of its own needs has no effect: `HOST`, `PORT`, `WORKERS`, `TRUST_PROXY`,
   * `PAYHOOK_PLUGINS`, `LOG_LEVEL`, `SHUTDOWN_SECONDS` and the limits of the HTTP server.
   */
  readonly settings?: Readonly<Record<string, string | undefined>>;
  /**
   * The schema of Payhook's tables; `public` where it is left out. On a connection of its own Payhook makes the schema
   * where it is missing. On the host's data source it must be the schema in which the host's sessions find the tables.
   */
  readonly schema?: string;
}

/** What decides which modules there are, and so is known before anything is injected. */
export interface PayhookExtras extends Extensions {
  /**
   * Name of the host's TypeORM data source to work on; `default` for one without a name. Null, and where it is left out,
   * Payhook opens a connection of its own: to `DATABASE_URL`, else to an embedded PostgreSQL that it starts.
   */
  readonly dataSource?: string | null;
  /** All routes of Payhook begin with it, after the host's global prefix; `payhook` where it is left out. */
  readonly path?: string;
}

export const DEFAULT_SCHEMA = 'public';
export const DEFAULT_PATH = 'payhook';
