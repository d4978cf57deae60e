import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { Transform } from 'node:stream';

/** A way to the database that can be cut and mended, as when the server restarts or the network breaks. */
export interface CuttableLine {
  /** The database's URL by way of this line. */
  readonly url: string;
  /** Breaks every connection and takes no new one. */
  cut(): Promise<void>;
  mend(): Promise<void>;
  /** Takes connections and passes nothing on, in either direction: a stopped server, a network that loses everything. */
  pause(): void;
  /** Passes on again, what was held back too; or, `forgetting`, drops the connections that were there. */
  resume(options?: { forgetting?: boolean }): void;
  /** Breaks every connection for the client alone: the server keeps its end, as when a firewall forgets a connection. */
  strand(): void;
  /** Leads new connections to another server; those that stand stay where they are, as in a failover by address. */
  redirect(databaseUrl: string): void;
  /** Holds each piece back for so long, on its way there and on its way back. */
  delay(ms: number): void;
  /** Cuts it for good. */
  close(): Promise<void>;
}

export async function cuttableLine(databaseUrl: string): Promise<CuttableLine> {
  const open = new Set<Socket>();
  const stranded = new Set<Socket>();
  const clients = new Map<Socket, Socket>();
  let target = targetOf(databaseUrl);
  let delayMs = 0;
  let running = Promise.resolve();
  let run: () => void = () => undefined;
  const slowly = (): Transform =>
    new Transform({
      transform(piece: Buffer, _encoding, done) {
        const pass = (): void => void running.then(() => done(null, piece));
        if (delayMs > 0) setTimeout(pass, delayMs);
        else pass();
      },
    });
  const end = (socket: Socket): void => void (stranded.has(socket) || socket.destroy());
  const pass = (incoming: Socket): void => {
    const outgoing = connect(target);
    incoming.once('close', () => clients.delete(incoming));
    clients.set(incoming, outgoing);
    for (const [from, to] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      open.add(from);
      from.pipe(slowly()).pipe(to);
      from.on('error', () => end(to));
      from.on('close', () => {
        open.delete(from);
        end(to);
      });
    }
  };
  let server = await listen(pass, 0);
  const { port } = server.address() as AddressInfo;
  const url = new URL(databaseUrl);
  url.searchParams.delete('host');
  url.host = `127.0.0.1:${port}`;
  const drop = (): void => {
    for (const socket of open) socket.destroy();
  };
  const cut = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    drop();
    await closed;
  };
  const mend = async (): Promise<void> => {
    server = await listen(pass, port);
  };
  const pause = (): void => {
    running = new Promise((resolve) => (run = resolve));
  };
  const resume = ({ forgetting = false } = {}): void => {
    if (forgetting) drop();
    run();
    running = Promise.resolve();
  };
  const strand = (): void => {
    for (const [incoming, outgoing] of clients) {
      stranded.add(outgoing);
      incoming.unpipe();
      incoming.destroy();
    }
  };
  const redirect = (to: string): void => {
    target = targetOf(to);
  };
  const delay = (ms: number): void => {
    delayMs = ms;
  };
  return { url: url.href, cut, mend, pause, resume, strand, redirect, delay, close: cut };
}

/** A URL may name a host and a port, or the folder of a Unix socket. */
function targetOf(databaseUrl: string): { path: string } | { host: string; port: number } {
  const url = new URL(databaseUrl);
  const port = Number(url.port || 5432);
  const folder = url.searchParams.get('host');
  return folder?.startsWith('/') ? { path: join(folder, `.s.PGSQL.${port}`) } : { host: url.hostname, port };
}

function listen(pass: (socket: Socket) => void, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(pass);
    server.once('error', reject).listen(port, '127.0.0.1', () => resolve(server));
  });
}
