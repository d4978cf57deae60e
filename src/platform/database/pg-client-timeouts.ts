import pg from 'pg';
import { type PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions.js';
import { NoAnswerFromDatabaseError, ServerChangedError } from './database.errors.js';
import { preparedName } from './prepared.js';
import { createSessionSetup } from './session-settings.js';
import { isUnusableSessionState, SQLSTATE } from './sqlstate.js';

/** Every connection of this process that may still be open, and when it was made. */
const openClients = new Map<pg.Client, number>();

/** A younger connection was made to the server as it is now: it is not closed for what another one was told. */
const RECENT_CONNECTION_MS = 3_000;

/**
 * A connection that is given up when the server says nothing for so long while a statement is under way: a stopped
 * server, a dead network. What waits on it is rejected, and the pool never hands it out again, for what it would say
 * next belongs to a statement that nobody waits for. Between statements it may rest for ever.
 */
function createTimeoutClient(ms: number): typeof pg.Client {
  const watched = new WeakSet<pg.Client>();
  class ImpatientClient extends pg.Client {
    constructor(config?: string | pg.ClientConfig) {
      super(config);
      openClients.set(this, Date.now());
      this.once('end', () => openClients.delete(this));
      connectionOf(this).on('errorMessage', ({ code }) => {
        // Before the connection stands, whoever asked for it is told, and nobody gets it.
        if (watched.has(this) && isUnusableSessionState(code)) dropConnection(this, code);
      });
      // A server that is stopped may say so in the very bytes that end the handshake, when the pool no longer listens
      // and whoever asked for the connection does not listen yet. Left unheard it would end the process; heard, the
      // client is marked as broken, and whoever uses it is told.
      this.on('error', () => undefined);
      this.on('drain', () => socketOf(this).setTimeout(0));
    }
  }
  const query = Reflect.get(pg.Client.prototype, 'query') as (...given: unknown[]) => unknown;
  // pg's own declaration has an overload for every way to call it; what is given is passed on as it is.
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

/** A statement that is marked as such is parsed once a connection: `pg` does so where a statement has a name. */
function withStatementName(given: unknown[]): unknown[] {
  const [text, values, ...rest] = given;
  const name = typeof text === 'string' ? preparedName(text) : null;
  return name === null ? given : [{ name, text, values }, ...rest];
}

/**
 * Ends a connection whose server has no use for us now; whoever waits on it gets the server's own error. The pool's next
 * one goes where the address leads by then: after a failover, to the server that takes writes. A server that turned
 * read-only leaves its connections standing, so the first that is told ends all of them.
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

/** What `pg` keeps to itself of a client. */
interface Connection {
  stream: TimedSocket;
  on(event: 'errorMessage', listener: (message: { code: string }) => void): void;
}

const connectionOf = (client: pg.Client): Connection =>
  (client as unknown as { connection: Connection }).connection;

const socketOf = (client: pg.Client): TimedSocket => connectionOf(client).stream;

/**
 * For a service, which must answer: no statement takes longer than `ms` without a word from the server, and none that
 * was given up goes on there for long. `most` bounds the connections.
 */
export function withServiceTimeouts(
  options: PostgresDataSourceOptions,
  { ms, most }: { ms: number; most?: number },
): PostgresDataSourceOptions {
  const limits = { statement_timeout: 2 * ms, idle_in_transaction_session_timeout: 2 * ms };
  return withExtra(options, {
    onConnect: createSessionSetup(limits),
    Client: createTimeoutClient(ms),
    ...(most && { max: most }),
  });
}

/**
 * For migrations, which may rewrite a large table: the same database, as long as it takes. Only for a lock no statement
 * waits longer than `lockMs`, as whoever writes to that table waits behind it.
 */
export function withMigrationTimeouts(
  options: PostgresDataSourceOptions,
  { lockMs }: { lockMs: number },
): PostgresDataSourceOptions {
  return withExtra(options, {
    onConnect: createSessionSetup({ lock_timeout: lockMs }),
    Client: undefined,
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
 * Resolves when every connection has been closed, or `ms` are over. A pool that was ended does not say when its last
 * connections are gone; a server that is stopped before that tells them so, and they would report it as a loss.
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
