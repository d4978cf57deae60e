import pg from 'pg';
import { type PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions.js';
import { NoAnswerFromDatabaseError, ServerChangedError } from './database.errors.js';
import { preparedName } from './prepared.js';
import { createSessionSetup, schemaSettings, type SessionLimits } from './session-settings.js';
import { isUnusableSessionState, SQLSTATE } from './sqlstate.js';

/** Every connection of this process that may be open, with the time at which it was created. */
const openClients = new Map<pg.Client, number>();

/** A connection younger than this already goes to the current server, so it is not closed because of another one. */
const RECENT_CONNECTION_MS = 3_000;

/**
 * A pg client that destroys its connection when a running statement receives no data for `ms`: the server is stopped,
 * or the network is dead. The query rejects and the pool drops the connection, because the next bytes on it would
 * belong to the abandoned statement. An idle connection has no limit.
 */
function createTimeoutClient(ms: number): typeof pg.Client {
  const watched = new WeakSet<pg.Client>();
  class ImpatientClient extends pg.Client {
    constructor(config?: string | pg.ClientConfig) {
      super(config);
      openClients.set(this, Date.now());
      this.once('end', () => openClients.delete(this));
      connectionOf(this).on('errorMessage', ({ code }) => {
        // Before the first query an error rejects `connect`, and the pool never hands out the client.
        if (watched.has(this) && isUnusableSessionState(code)) dropConnection(this, code);
      });
      // A server that stops may report it right after the handshake, when the pool has removed its error listener and
      // the user of the connection has not added one. Without a listener the error would end the process. With this one
      // the client is marked as broken, and its next query rejects.
      this.on('error', () => undefined);
      this.on('drain', () => socketOf(this).setTimeout(0));
    }
  }
  const query = Reflect.get(pg.Client.prototype, 'query') as (...given: unknown[]) => unknown;
  // `pg` declares an overload for every kind of call. The arguments are passed on unchanged.
  Object.defineProperty(ImpatientClient.prototype, 'query', {
    value(this: pg.Client, ...given: unknown[]): unknown {
      const socket = socketOf(this);
      if (!watched.has(this)) {
        watched.add(this);
        socket.on('timeout', () => socket.destroy(new NoAnswerFromDatabaseError()));
      }
      socket.setTimeout(ms);
      return query.apply(this, withStatementName(given));
    },
  });
  return ImpatientClient;
}

/** Adds the name of a prepared statement, which makes `pg` parse it once per connection. */
function withStatementName(given: unknown[]): unknown[] {
  const [text, values, ...rest] = given;
  const name = typeof text === 'string' ? preparedName(text) : null;
  return name === null ? given : [{ name, text, values }, ...rest];
}

/**
 * Ends a connection whose server cannot serve us now. The running query rejects with the error of the server. The next
 * connection of the pool goes to the current server of that address, which after a failover is the one that accepts
 * writes. A server that becomes read-only keeps its connections open, so the first error ends all of them.
 */
function dropConnection(client: pg.Client, code: string): void {
  void client.end();
  if (code !== SQLSTATE.readOnlyTransaction) return;
  for (const [other, since] of openClients)
    if (other !== client && isSameServer(other, client) && Date.now() - since > RECENT_CONNECTION_MS)
      socketOf(other).destroy(new ServerChangedError());
}

const isSameServer = (a: pg.Client, b: pg.Client): boolean =>
  a.host === b.host && a.port === b.port && a.database === b.database;

interface TimedSocket {
  setTimeout(ms: number): void;
  on(event: 'timeout', listener: () => void): void;
  destroy(error: Error): void;
}

/** Undeclared members of a `pg` client. */
interface Connection {
  stream: TimedSocket;
  on(event: 'errorMessage', listener: (message: { code: string }) => void): void;
}

const connectionOf = (client: pg.Client): Connection =>
  (client as unknown as { connection: Connection }).connection;

const socketOf = (client: pg.Client): TimedSocket => connectionOf(client).stream;

/**
 * Options for the service: a statement ends when the server sends nothing for `ms`, and the server itself cancels it
 * after twice that time. `most` limits the number of connections.
 */
export function withServiceTimeouts(
  options: PostgresDataSourceOptions,
  { ms, most }: { ms: number; most?: number },
): PostgresDataSourceOptions {
  const limits = {
    ...schemaSettings(options),
    statement_timeout: 2 * ms,
    idle_in_transaction_session_timeout: 2 * ms,
  };
  return withExtra(options, {
    onConnect: createSessionSetup(limits),
    Client: createTimeoutClient(ms),
    ...(most && { max: most }),
  });
}

/**
 * Options for migrations: a statement has no time limit, because it may rewrite a large table. It waits for a lock no
 * longer than `lockMs`, because everything that writes to the table waits behind it.
 */
export function withMigrationTimeouts(
  options: PostgresDataSourceOptions,
  { lockMs }: { lockMs: number },
): PostgresDataSourceOptions {
  return withExtra(options, {
    onConnect: createSessionSetup({ ...schemaSettings(options), lock_timeout: lockMs }),
    Client: undefined,
  });
}

/**
 * Options for the one connection that holds a lock for the life of the process: both sides find within the given times
 * that the line is cut.
 */
export function withLifelineTimeouts(
  options: PostgresDataSourceOptions,
  { answerMs, server }: { answerMs: number; server: SessionLimits },
): PostgresDataSourceOptions {
  return withExtra(options, {
    onConnect: createSessionSetup({ ...schemaSettings(options), ...server }),
    Client: createTimeoutClient(answerMs),
    max: 1,
  });
}

const withExtra = (
  options: PostgresDataSourceOptions,
  extra: Readonly<Record<string, unknown>>,
): PostgresDataSourceOptions => ({
  ...options,
  extra: { ...(options.extra as Record<string, unknown>), ...extra },
});

/**
 * Resolves when every connection is closed, or after `ms`. An ended pool does not report when its last connections are
 * closed. If the server stopped before that, the connections would log a lost database.
 */
export async function waitForClosedConnections(ms: number): Promise<void> {
  const closed = [...openClients.keys()].map(
    (client) => new Promise<void>((resolve) => client.once('end', resolve)),
  );
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
  await Promise.race([Promise.all(closed), late]);
  clearTimeout(timer);
}
