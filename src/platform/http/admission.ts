import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Gauge } from 'prom-client';
import { Turnstile } from './pipelining-limiter.js';

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

/** Where a request stands: not begun, being worked on, waiting for the rest of what its sender sends, or done. */
export type Stage = 'new' | 'under way' | 'receiving' | 'done';

/** A request that can say that it waits for its sender. */
export interface Admitted {
  stage: Stage;
  /** Gives its place to another request for as long as its sender takes over the body. */
  stepAside(): void;
  comeBack(): void;
}

/** What is known of a connection that has sent a request. */
interface Connection {
  /** Its requests that count as under way. */
  underWay: number;
  /** Nothing is read from it until what waits on it has begun. */
  held: boolean;
  /** It is closed with the last answer. */
  closing: boolean;
  /** Since its sender went away, with requests under way. */
  abandoned: NodeJS.Timeout | null;
  closed: boolean;
}

/** One read of Node's is 64 KiB: what is announced beyond half of that stays in the kernel until the request begins. */
const LARGE_BODY_BYTES = 32 * 1024;
/** How long a request whose sender went away counts as under way where nobody says that it is done. */
const ABANDONED_MS = 15_000;

const CONNECTION = Symbol('connection');
type KnownSocket = Socket & { [CONNECTION]?: Connection };

/** Of the server that was made last: a process has one. */
const newest: { admission: Admission | null } = { admission: null };
const gauge = (name: string, help: string, read: (admission: Admission) => number): Gauge =>
  new Gauge({
    name,
    help,
    collect() {
      this.set(newest.admission ? read(newest.admission) : 0);
    },
  });
gauge('payhook_requests_under_way', 'Requests begun and not answered', ({ underWay }) => underWay);
gauge('payhook_requests_waiting', 'Requests that have not begun', ({ waiting }) => waiting);
gauge('payhook_requests_receiving', 'Requests whose body is on its way', ({ receiving }) => receiving);

/**
 * Stands between Node's HTTP server and the application: every request of every route passes it. Requests that may
 * not begin yet wait; a connection that sends more meanwhile is not read from (the bytes stay in the kernel), and
 * where too many wait behind others it is closed. What waits on a connection that closes is forgotten at once.
 */
export class Admission {
  /** Requests that wait for the rest of their body. */
  receiving = 0;

  constructor(
    private readonly handle: Handle,
    private readonly turnstile = new Turnstile(),
  ) {
    newest.admission = this;
  }

  get underWay(): number {
    return this.turnstile.underWay;
  }

  get waiting(): number {
    return this.turnstile.waiting;
  }

  /** For each request that Node has read the headers of. */
  admit(request: IncomingMessage & Admitted, response: ServerResponse): void {
    const socket = request.socket as KnownSocket;
    if (socket.destroyed) return;
    const connection = (socket[CONNECTION] ??= this.know(socket));
    const passes = this.turnstile.pass(socket, () => this.begin(request, response, connection));
    if (!passes) return void socket.destroy();
    const waiting = this.turnstile.waitingOn(socket);
    if (waiting > 1 || (waiting === 1 && isLarge(request))) hold(socket, connection);
    if (waiting > 1 && !this.turnstile.hasRoom(socket)) closeAfter(response, socket, connection);
  }

  /** Its answer is written, or nobody is there to be answered. */
  done(request: IncomingMessage & Admitted): void {
    const { stage } = request;
    request.stage = 'done';
    if (stage === 'receiving') this.receiving--;
    if (stage === 'under way') this.release((request.socket as KnownSocket)[CONNECTION]);
  }

  stepAside(request: IncomingMessage & Admitted): void {
    if (request.stage !== 'under way') return;
    request.stage = 'receiving';
    this.receiving++;
    this.release((request.socket as KnownSocket)[CONNECTION]);
  }

  comeBack(request: IncomingMessage & Admitted): void {
    const connection = (request.socket as KnownSocket)[CONNECTION];
    if (request.stage !== 'receiving') return;
    this.receiving--;
    request.stage = connection?.closed === false ? 'under way' : 'done';
    if (request.stage === 'done' || !connection) return;
    connection.underWay++;
    this.turnstile.goOn();
  }

  private begin(request: IncomingMessage & Admitted, response: ServerResponse, connection: Connection): void {
    const { socket } = request;
    if (connection.held && !connection.closing && this.turnstile.waitingOn(socket) === 0) {
      connection.held = false;
      socket.resume();
    }
    if (socket.destroyed) return this.turnstile.done();
    connection.underWay++;
    request.stage = 'under way';
    this.handle(request, response);
  }

  private know(socket: KnownSocket): Connection {
    const connection: Connection = {
      underWay: 0,
      held: false,
      closing: false,
      abandoned: null,
      closed: false,
    };
    socket.prependOnceListener('close', withoutStacks).once('close', withStacks);
    socket.once('close', () => this.forget(socket, connection));
    return connection;
  }

  /** What is under way goes on without its sender, and counts until it is done; a limit keeps a fault of ours small. */
  private forget(socket: KnownSocket, connection: Connection): void {
    connection.closed = true;
    this.turnstile.leave(socket);
    if (connection.underWay === 0) return;
    connection.abandoned = setTimeout(() => {
      connection.abandoned = null;
      for (; connection.underWay > 0; connection.underWay--) this.turnstile.done();
    }, ABANDONED_MS).unref();
  }

  private release(connection: Connection | undefined): void {
    if (!connection || connection.underWay === 0) return;
    connection.underWay--;
    if (connection.underWay === 0 && connection.abandoned) clearTimeout(connection.abandoned);
    this.turnstile.done();
  }
}

/**
 * As a connection closes, Node makes an error for each of its requests that has no answer: with a stack, which nobody
 * reads, that is 20 µs each, for hundreds of requests at a time. Node's own listener stands between these two.
 */
const stackTraceLimit = Error.stackTraceLimit;
const withoutStacks = (): void => void (Error.stackTraceLimit = 0);
const withStacks = (): void => void (Error.stackTraceLimit = stackTraceLimit);

const isLarge = ({ headers }: IncomingMessage): boolean =>
  'transfer-encoding' in headers || Number(headers['content-length'] ?? 0) > LARGE_BODY_BYTES;

/** Node reads on by itself when the body of an earlier request is read: it is told again each time. */
function hold(socket: Socket, connection: Connection): void {
  if (!connection.held) {
    connection.held = true;
    if (socket.listenerCount('resume', pauseIfHeld) === 0) socket.on('resume', pauseIfHeld);
  }
  socket.pause();
}

function pauseIfHeld(this: KnownSocket): void {
  if (this[CONNECTION]?.held) this.pause();
}

/**
 * Takes no further request from a connection: it closes with this answer, which says so. Node would still make a
 * request of each that came in the same read (up to 2,600 at 10 µs each): an answer of 2 to its parser ends the read.
 * `onIncoming` is Node's own (20 to 26); where it is missing the rest of the read waits too, as far as a line goes.
 */
function closeAfter(
  response: ServerResponse,
  socket: Socket & { parser?: { onIncoming?: unknown } | null },
  connection: Connection,
): void {
  if (connection.closing) return;
  connection.closing = true;
  response.shouldKeepAlive = false;
  if (typeof socket.parser?.onIncoming === 'function') socket.parser.onIncoming = () => 2;
}
