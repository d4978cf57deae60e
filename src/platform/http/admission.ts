import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Gauge } from 'prom-client';
import { PipeliningLimiter } from './pipelining-limiter.js';

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

/** State of a request: not started, started, waiting for the rest of its body, or done. */
export type Stage = 'new' | 'active' | 'receiving' | 'done';

/** A request that can give up its slot while it waits for its body. */
export interface Admitted {
  stage: Stage;
  /** Frees the slot for another request until {@link reclaimSlot}. */
  releaseSlot(): void;
  reclaimSlot(): void;
}

/** State of a connection that has sent a request. */
interface Connection {
  /** Number of its active requests. */
  active: number;
  /** The socket is not read until its waiting requests have started. */
  paused: boolean;
  /** The connection closes after the response to the last request. */
  closing: boolean;
  /** Runs since the sender closed the connection while requests were active. */
  abandonTimer: NodeJS.Timeout | null;
  closed: boolean;
}

/**
 * Node reads 64 KiB at a time. A larger announced body than half of that stays in the kernel until the request starts.
 */
const LARGE_BODY_BYTES = 32 * 1024;
/** An active request whose sender has gone counts as done after this time at the latest. */
const ABANDONED_REQUEST_MS = 15_000;

const CONNECTION = Symbol('connection');
type TrackedSocket = Socket & { [CONNECTION]?: Connection };

/** The admission that the gauges describe: that of the last server created. A process has one. */
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
 * Every request of every route passes through here between Node's HTTP server and the application. Requests over the
 * limits wait. A connection that sends more meanwhile is not read (the bytes stay in the kernel), and is closed if too
 * many of its requests wait. The waiting requests of a closed connection are dropped at once.
 */
export class Admission {
  /** Number of requests that wait for the rest of their body. */
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

  /** Called for each request once Node has read its headers. */
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

  /** Called when the response is written, or when the sender has gone. */
  done(request: IncomingMessage & Admitted): void {
    const { stage } = request;
    request.stage = 'done';
    if (stage === 'receiving') this.receiving--;
    if (stage === 'active') this.finish((request.socket as TrackedSocket)[CONNECTION]);
  }

  releaseSlot(request: IncomingMessage & Admitted): void {
    if (request.stage !== 'active') return;
    request.stage = 'receiving';
    this.receiving++;
    this.finish((request.socket as TrackedSocket)[CONNECTION]);
  }

  reclaimSlot(request: IncomingMessage & Admitted): void {
    const connection = (request.socket as TrackedSocket)[CONNECTION];
    if (request.stage !== 'receiving') return;
    this.receiving--;
    request.stage = connection?.closed === false ? 'active' : 'done';
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
    request.stage = 'active';
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

  /** Active requests continue without their sender. A timer ends their count in case `done` is never called. */
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
 * When a connection closes, Node creates an error for each unanswered request. With its stack, which nobody reads, that
 * takes 20 µs each, for hundreds of requests at a time. The first listener runs before Node's own, the second after it.
 */
const stackTraceLimit = Error.stackTraceLimit;
const disableStacks = (): void => void (Error.stackTraceLimit = 0);
const restoreStacks = (): void => void (Error.stackTraceLimit = stackTraceLimit);

const isLarge = ({ headers }: IncomingMessage): boolean =>
  'transfer-encoding' in headers || Number(headers['content-length'] ?? 0) > LARGE_BODY_BYTES;

/** Node resumes the socket when the body of an earlier request is read, so it is paused again each time. */
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
 * Accepts no further request of a connection and closes it after this response. Node would still create a request for
 * each one in the same read (up to 2,600, at 10 µs each); returning 2 to its HTTP parser skips them. `onIncoming` is an
 * internal property of Node 20 to 26; without it those requests wait, within the limit of the connection.
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
