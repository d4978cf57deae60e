import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Gauge } from 'prom-client';
import { PipeliningLimiter } from './pipelining-limiter.js';

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

/** Where a request stands: not begun, being worked on, waiting for the rest of what its sender sends, or done. */
export type Stage = 'new' | 'under way' | 'receiving' | 'done';

/** A request that can say that it waits for its sender. */
export interface Admitted {
  stage: Stage;
  /** Gives its place to another request for as long as its sender takes over the body. */
  releaseSlot(): void;
  reclaimSlot(): void;
}

/** What is known of a connection that has sent a request. */
interface Connection {
  /** Its requests that count as under way. */
  active: number;
  /** Nothing is read from it until what waits on it has begun. */
  paused: boolean;
  /** It is closed with the last answer. */
  closing: boolean;
  /** Since its sender went away, with requests under way. */
  abandonTimer: NodeJS.Timeout | null;
  closed: boolean;
}

/** One read of Node's is 64 KiB: what is announced beyond half of that stays in the kernel until the request begins. */
const LARGE_BODY_BYTES = 32 * 1024;
/** How long a request whose sender went away counts as under way where nobody says that it is done. */
const ABANDONED_REQUEST_MS = 15_000;

const CONNECTION = Symbol('connection');
type TrackedSocket = Socket & { [CONNECTION]?: Connection };

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
gauge('payhook_requests_under_way', 'Requests begun and not answered', ({ active: underWay }) => underWay);
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
    private readonly limiter = new PipeliningLimiter(),
  ) {
    newest.admission = this;
  }

  get active(): number {
    return this.limiter.active;
  }

  get waiting(): number {
    return this.limiter.waiting;
  }

  /** For each request that Node has read the headers of. */
  admit(request: IncomingMessage & Admitted, response: ServerResponse): void {
    const socket = request.socket as TrackedSocket;
    if (socket.destroyed) return;
    const connection = (socket[CONNECTION] ??= this.track(socket));
    const passes = this.limiter.admit(socket, () => this.begin(request, response, connection));
    if (!passes) return void socket.destroy();
    const waiting = this.limiter.waitingOn(socket);
    if (waiting > 1 || (waiting === 1 && isLarge(request))) pauseConnection(socket, connection);
    if (waiting > 1 && !this.limiter.hasRoom(socket)) closeAfterResponse(response, socket, connection);
  }

  /** Its answer is written, or nobody is there to be answered. */
  done(request: IncomingMessage & Admitted): void {
    const { stage } = request;
    request.stage = 'done';
    if (stage === 'receiving') this.receiving--;
    if (stage === 'under way') this.finish((request.socket as TrackedSocket)[CONNECTION]);
  }

  releaseSlot(request: IncomingMessage & Admitted): void {
    if (request.stage !== 'under way') return;
    request.stage = 'receiving';
    this.receiving++;
    this.finish((request.socket as TrackedSocket)[CONNECTION]);
  }

  reclaimSlot(request: IncomingMessage & Admitted): void {
    const connection = (request.socket as TrackedSocket)[CONNECTION];
    if (request.stage !== 'receiving') return;
    this.receiving--;
    request.stage = connection?.closed === false ? 'under way' : 'done';
    if (request.stage === 'done' || !connection) return;
    connection.active++;
    this.limiter.resume();
  }

  private begin(request: IncomingMessage & Admitted, response: ServerResponse, connection: Connection): void {
    const { socket } = request;
    if (connection.paused && !connection.closing && this.limiter.waitingOn(socket) === 0) {
      connection.paused = false;
      socket.resume();
    }
    if (socket.destroyed) return this.limiter.done();
    connection.active++;
    request.stage = 'under way';
    this.handle(request, response);
  }

  private track(socket: TrackedSocket): Connection {
    const connection: Connection = {
      active: 0,
      paused: false,
      closing: false,
      abandonTimer: null,
      closed: false,
    };
    socket.prependOnceListener('close', disableStacks).once('close', restoreStacks);
    socket.once('close', () => this.onClose(socket, connection));
    return connection;
  }

  /** What is under way goes on without its sender, and counts until it is done; a limit keeps a fault of ours small. */
  private onClose(socket: TrackedSocket, connection: Connection): void {
    connection.closed = true;
    this.limiter.forget(socket);
    if (connection.active === 0) return;
    connection.abandonTimer = setTimeout(() => {
      connection.abandonTimer = null;
      for (; connection.active > 0; connection.active--) this.limiter.done();
    }, ABANDONED_REQUEST_MS).unref();
  }

  private finish(connection: Connection | undefined): void {
    if (!connection || connection.active === 0) return;
    connection.active--;
    if (connection.active === 0 && connection.abandonTimer) clearTimeout(connection.abandonTimer);
    this.limiter.done();
  }
}

/**
 * As a connection closes, Node makes an error for each of its requests that has no answer: with a stack, which nobody
 * reads, that is 20 µs each, for hundreds of requests at a time. Node's own listener stands between these two.
 */
const stackTraceLimit = Error.stackTraceLimit;
const disableStacks = (): void => void (Error.stackTraceLimit = 0);
const restoreStacks = (): void => void (Error.stackTraceLimit = stackTraceLimit);

const isLarge = ({ headers }: IncomingMessage): boolean =>
  'transfer-encoding' in headers || Number(headers['content-length'] ?? 0) > LARGE_BODY_BYTES;

/** Node reads on by itself when the body of an earlier request is read: it is told again each time. */
function pauseConnection(socket: Socket, connection: Connection): void {
  if (!connection.paused) {
    connection.paused = true;
    if (socket.listenerCount('resume', keepPaused) === 0) socket.on('resume', keepPaused);
  }
  socket.pause();
}

function keepPaused(this: TrackedSocket): void {
  if (this[CONNECTION]?.paused) this.pause();
}

/**
 * Takes no further request from a connection: it closes with this answer, which says so. Node would still make a
 * request of each that came in the same read (up to 2,600 at 10 µs each): an answer of 2 to its parser ends the read.
 * `onIncoming` is Node's own (20 to 26); where it is missing the rest of the read waits too, as far as a line goes.
 */
function closeAfterResponse(
  response: ServerResponse,
  socket: Socket & { parser?: { onIncoming?: unknown } | null },
  connection: Connection,
): void {
  if (connection.closing) return;
  connection.closing = true;
  response.shouldKeepAlive = false;
  if (typeof socket.parser?.onIncoming === 'function') socket.parser.onIncoming = () => 2;
}
