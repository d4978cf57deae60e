import {
  connect,
  createServer,
  type AddressInfo,
  type NetConnectOpts,
  type Server,
  type Socket,
} from 'node:net';

/** Which commit to stop: of a transaction that ran a statement with this text in it. */
export interface CommitTrap {
  statement: string;
  /** `before`: the server never hears of it. `after`: it commits, and the client never learns. */
  at: 'before' | 'after';
  reached: () => void;
}

interface ConnectionPair {
  client: Socket;
  server: Socket;
  /** What ran in the transaction under way is the trapped statement. */
  armed: boolean;
  muted: boolean;
}

/** A way over loopback that breaks as networks do. Anything may be behind it; what is there may change. */
export class FaultProxy {
  /** How often each watched text went from the client to the server. */
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
    const line = new FaultProxy(target);
    await new Promise<void>((resolve) => line.listener.listen(0, '127.0.0.1', resolve));
    return line;
  }

  get port(): number {
    return (this.listener.address() as AddressInfo).port;
  }

  /** Null: nobody is there. Connections that stand are left alone. */
  setTarget(target: NetConnectOpts | null): void {
    this.target = target;
  }

  countOccurrencesOf(text: string): void {
    this.occurrences.set(text, 0);
  }

  /** Breaks every connection: with a reset, or as if the other side had closed. New ones are taken. */
  breakConnections(how: 'reset' | 'close' = 'reset'): void {
    for (const { client, server } of this.pairs) for (const end of [client, server]) closeSocket(end, how);
    this.pairs.clear();
  }

  /** Refuses whoever comes, until `mend`. */
  refuseConnections(): void {
    this.mode = 'refuse';
    this.breakConnections();
  }

  /** Takes everything and passes nothing on, until `mend`: as behind a firewall that forgot the connection. */
  swallowTraffic(): void {
    this.mode = 'silent';
  }

  delayTraffic(ms: number): void {
    this.delayMs = ms;
  }

  /** Breaks the connection over which the so many-th byte from now goes, in the middle of what it carries. */
  breakAfterBytes(bytes: number): void {
    this.bytesLeft = bytes;
  }

  /** Stops the next such commit. */
  trapCommit(trap: CommitTrap): void {
    this.trap = trap;
  }

  /** As good as new; what was held back is lost with its connection. */
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

  /** True: the chunk must not go on. */
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
    // The answer is what tells that it is committed; the client is not to have it.
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
  // A Unix socket knows no reset; and one that is being closed, reset now, would keep its handle for ever.
  const canReset = socket.remoteAddress !== undefined && !socket.writableEnded && !socket.destroyed;
  if (how === 'reset' && canReset) socket.resetAndDestroy();
  else socket.destroy();
}
