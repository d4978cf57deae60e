import { connect, type Socket } from 'node:net';

/** Pause before a closed connection is opened again. */
const RECONNECT_AFTER_MS = 50;

/** What each connection does: sends `wire` on connecting, and again after `responsesPerConnection` responses. */
export interface ReconnectingClientsPlan {
  readonly url: URL;
  readonly connections: number;
  readonly wire: (nth: number) => Buffer;
  /** Null: waits forever. 0: resets the connection at once, before any response. */
  readonly responsesPerConnection: number | null;
}

/** Many connections that are opened again whenever they close, until {@link close}. */
export class ReconnectingClients {
  readonly responses = new Map<number, number>();
  sent = 0;
  private readonly sockets = new Set<Socket>();
  private closed = false;

  constructor(private readonly plan: ReconnectingClientsPlan) {
    for (let nth = 0; nth < plan.connections; nth++) this.connect(nth);
  }

  close(): void {
    this.closed = true;
    for (const socket of this.sockets) socket.destroy();
  }

  private connect(nth: number): void {
    if (this.closed) return;
    const { url, wire, responsesPerConnection: answers } = this.plan;
    const socket = connect(Number(url.port || 80), url.hostname);
    this.sockets.add(socket);
    let left = answers ?? Infinity;
    const say = (): void => {
      this.sent += answers === null ? 1 : Math.max(1, answers);
      socket.write(wire(nth), () => {
        if (answers === 0) socket.resetAndDestroy();
      });
    };
    socket.on('error', () => {}).once('connect', say);
    socket.on('data', (chunk) => {
      for (const [, digits] of chunk.toString('latin1').matchAll(/HTTP\/1\.1 (\d{3})/g)) {
        this.responses.set(Number(digits), (this.responses.get(Number(digits)) ?? 0) + 1);
        left--;
      }
      if (left > 0) return;
      left = answers ?? Infinity;
      say();
    });
    socket.once('close', () => {
      this.sockets.delete(socket);
      setTimeout(() => this.connect(nth), RECONNECT_AFTER_MS).unref();
    });
  }
}
