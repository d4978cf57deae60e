import {
  connect,
  createServer,
  type AddressInfo,
  type NetConnectOpts,
  type Server,
  type Socket,
} from 'node:net';

/** Which commit to trap: the commit of a transaction that ran a statement containing this text. */
export interface CommitTrap {
  statement: string;
  /** `before`: the server never receives the commit. `after`: it commits, and the client never gets the answer. */
  at: 'before' | 'after';
  reached: () => void;
}

interface ConnectionPair {
  client: Socket;
  server: Socket;
  /** The current transaction ran the trapped statement. */
  armed: boolean;
  muted: boolean;
}

/** A TCP proxy on loopback that fails as networks do. Its target may change at any time. */
export class FaultProxy {
  /** How often each counted text went from a client to the server. */
  readonly occurrences = new Map<string, number>();
  private readonly pairs = new Set<ConnectionPair>();
  private readonly listener: Server;
  private mode: 'pass' | 'refuse' | 'silent' = 'pass';
  private delayMs = 0;
  private bytesLeft = Infinity;
  private trap: CommitTrap | null = null;

  private constructor(private target: NetConnectOpts | null) {
    this.listener = createServer({ allowHalfOpen: false }, (client) => this.acceptClient(client));
  }

  static async start(target: NetConnectOpts | null = null): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    await new Promise<void>((resolve) => proxy.listener.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.listener.address() as AddressInfo).port;
  }

  /** Sets the target of new connections; null refuses them. Open connections stay. */
  setTarget(target: NetConnectOpts | null): void {
    this.target = target;
  }

  countOccurrencesOf(text: string): void {
    this.occurrences.set(text, 0);
  }

  /** Breaks every open connection, with a reset or a close. New connections are accepted. */
  breakConnections(how: 'reset' | 'close' = 'reset'): void {
    for (const { client, server } of this.pairs) for (const end of [client, server]) closeSocket(end, how);
    this.pairs.clear();
  }

  /** Breaks open connections and refuses new ones, until {@link restore}. */
  refuseConnections(): void {
    this.mode = 'refuse';
    this.breakConnections();
  }

  /** Accepts data and forwards none, until {@link restore}: like a firewall that dropped the connection's state. */
  swallowTraffic(): void {
    this.mode = 'silent';
  }

  delayTraffic(ms: number): void {
    this.delayMs = ms;
  }

  /** Breaks a connection in the middle of its data, after `bytes` more bytes over all connections. */
  breakAfterBytes(bytes: number): void {
    this.bytesLeft = bytes;
  }

  /** Traps the next matching commit. */
  trapCommit(trap: CommitTrap): void {
    this.trap = trap;
  }

  /** Ends all faults. Data that was held back is lost together with its connection. */
  restore(): void {
    if (this.mode === 'silent') this.breakConnections();
    this.mode = 'pass';
    this.delayMs = 0;
    this.bytesLeft = Infinity;
    this.trap = null;
    for (const pair of this.pairs) if (pair.muted) this.breakPair(pair);
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.listener.close(() => resolve()));
    this.breakConnections();
    await closed;
  }

  private acceptClient(client: Socket): void {
    if (this.mode === 'refuse' || this.target === null) return closeSocket(client, 'reset');
    const pair: ConnectionPair = { client, server: connect(this.target), armed: false, muted: false };
    this.pairs.add(pair);
    client.setNoDelay(true);
    for (const [from, to] of [
      [pair.client, pair.server],
      [pair.server, pair.client],
    ] as const) {
      from.on('data', (chunk: Buffer) => this.forward(pair, from, to, chunk));
      from.on('error', () => this.breakPair(pair));
      from.on('close', () => this.closePair(pair, to));
    }
  }

  private forward(pair: ConnectionPair, from: Socket, to: Socket, chunk: Buffer): void {
    if (this.mode === 'silent') return;
    const fromClient = from === pair.client;
    if (fromClient && this.catchCommit(pair, chunk)) return;
    if (!fromClient && pair.muted) return;
    if (chunk.length > this.bytesLeft) {
      to.write(chunk.subarray(0, this.bytesLeft));
      this.bytesLeft = Infinity;
      setImmediate(() => this.breakPair(pair));
      return;
    }
    this.bytesLeft -= chunk.length;
    if (this.delayMs > 0) setTimeout(() => to.writable && to.write(chunk), this.delayMs);
    else if (!to.write(chunk)) {
      from.pause();
      to.once('drain', () => from.resume());
    }
  }

  /** True if the chunk must not be forwarded. */
  private catchCommit(pair: ConnectionPair, chunk: Buffer): boolean {
    for (const [text, count] of this.occurrences)
      if (chunk.includes(text)) this.occurrences.set(text, count + 1);
    const { trap } = this;
    if (trap === null) return false;
    if (chunk.includes(trap.statement)) pair.armed = true;
    if (!chunk.includes('COMMIT\0')) return false;
    const { armed } = pair;
    pair.armed = false;
    if (!armed) return false;
    this.trap = null;
    pair.muted = true;
    if (trap.at === 'before') {
      trap.reached();
      return true;
    }
    pair.server.write(chunk);
    // The server's answer proves the commit. The client must not get it.
    pair.server.once('data', trap.reached);
    return true;
  }

  private breakPair(pair: ConnectionPair): void {
    this.pairs.delete(pair);
    for (const end of [pair.client, pair.server]) closeSocket(end, 'reset');
  }

  private closePair(pair: ConnectionPair, other: Socket): void {
    this.pairs.delete(pair);
    if (this.delayMs > 0) setTimeout(() => other.destroy(), this.delayMs);
    else other.end();
  }
}

function closeSocket(socket: Socket, how: 'reset' | 'close'): void {
  socket.on('error', () => undefined);
  // A Unix socket has no reset. Resetting a socket that is already closing would leak its handle.
  const canReset = socket.remoteAddress !== undefined && !socket.writableEnded && !socket.destroyed;
  if (how === 'reset' && canReset) socket.resetAndDestroy();
  else socket.destroy();
}
