import pg from 'pg';
import { type PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions.js';
import { preparedName } from './prepared.js';

/** The server took a statement and then said nothing for too long. Whether it was carried out is not known. */
export class NoAnswerFromDatabaseError extends Error {
  readonly code = 'NO_ANSWER';
}

/** Every connection of this process that may still be open. */
const open = new Set<pg.Client>();

/**
 * A connection that is given up when the server says nothing for so long while a statement is under way: a stopped
 * server, a dead network. What waits on it is rejected, and the pool never hands it out again, for what it would say
 * next belongs to a statement that nobody waits for. Between statements it may rest for ever.
 */
function clientThatWaits(ms: number): typeof pg.Client {
  const watched = new WeakSet<pg.Client>();
  class ImpatientClient extends pg.Client {
    constructor(config?: string | pg.ClientConfig) {
      super(config);
      open.add(this);
      this.once('end', () => open.delete(this));
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
      return query.apply(this, named(given));
    },
  });
  return ImpatientClient;
}

/** A statement that is marked as such is parsed once a connection: `pg` does so where a statement has a name. */
function named(given: unknown[]): unknown[] {
  const [text, values, ...rest] = given;
  const name = typeof text === 'string' ? preparedName(text) : null;
  return name === null ? given : [{ name, text, values }, ...rest];
}

interface TimedSocket {
  setTimeout(ms: number): void;
  on(event: 'timeout', listener: () => void): void;
  destroy(error: Error): void;
}

const socketOf = (client: pg.Client): TimedSocket =>
  (client as unknown as { connection: { stream: TimedSocket } }).connection.stream;

/**
 * For a service, which must answer: no statement takes longer than `ms` without a word from the server, and none that
 * was given up goes on there for long. `most` bounds the connections.
 */
export function impatient(
  options: PostgresDataSourceOptions,
  { ms, most }: { ms: number; most?: number },
): PostgresDataSourceOptions {
  const extra = options.extra as Record<string, unknown>;
  const limits = { statement_timeout: 2 * ms, idle_in_transaction_session_timeout: 2 * ms };
  return {
    ...options,
    extra: { ...extra, ...limits, ...(most && { max: most }), Client: clientThatWaits(ms) },
  };
}

/** For migrations, which may rewrite a large table: the same database, as long as it takes. */
export function patient<Options extends { extra?: unknown }>(options: Options): Options {
  const limits = { statement_timeout: undefined, idle_in_transaction_session_timeout: undefined };
  return { ...options, extra: { ...(options.extra as object), ...limits, Client: undefined } };
}

/**
 * Resolves when every connection has been closed, or `ms` are over. A pool that was ended does not say when its last
 * connections are gone; a server that is stopped before that tells them so, and they would report it as a loss.
 */
export async function connectionsClosed(ms: number): Promise<void> {
  const closed = [...open].map((client) => new Promise<void>((resolve) => client.once('end', resolve)));
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
  await Promise.race([Promise.all(closed), late]);
  clearTimeout(timer);
}
