import { rm } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { urlOf } from './embedded-database.js';
import { announceOwner } from './owner-socket.js';
import { type Postmaster, startPostmaster } from './postmaster.js';
import { type ServerHome, type SocketFolder } from './server-home.js';

/** A PostgreSQL of our own, on a Unix socket that nobody but its account and root can reach. */
export interface EmbeddedPostgres {
  /** Of the database `payhook`; the same after a restart. `pg`, TypeORM and libpq take it. */
  readonly url: string;
  /** The server's process. */
  readonly pid: number;
  /** Where its files are: the data folder, or the place that was chosen instead. */
  readonly home: string;
  /** True when another process owns the server: it lives as long as that one, and `stop` leaves it alone. */
  readonly joined: boolean;
  /** Disconnects everybody and ends the server. May be called twice. */
  stop(): Promise<void>;
  /** Starts it again after it was killed, or stops and starts it. Only for the owner. */
  restart(): Promise<void>;
}

/** Pauses before each try to start a server again that was killed: half a minute in all, most of it late. */
const RESTART_DELAYS_MS = [0, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 10_000];

/** The server that this process started, may start again, and must stop. */
export class OwnedServer implements EmbeddedPostgres {
  readonly joined = false;
  readonly url: string;
  readonly home: string;
  private postmaster: Postmaster | null = null;
  private restarting: Promise<void> | null = null;
  private readonly stopping = new AbortController();
  private ownership: { withdraw(): Promise<void> } | null = null;

  constructor(
    private readonly place: ServerHome,
    private readonly binaries: string,
    private readonly socket: SocketFolder,
    private readonly log: (line: string) => void,
  ) {
    this.url = urlOf(socket.path);
    this.home = place.path;
  }

  /** Zero once stopped. */
  get pid(): number {
    return this.postmaster?.pid ?? 0;
  }

  async start(): Promise<void> {
    const postmaster = await startPostmaster(this.place, this.binaries, this.socket);
    this.postmaster = postmaster;
    this.ownership ??= await announceOwner(this.socket.path);
    void postmaster.ended.then(() => this.restartUnlessStopped(postmaster));
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.restarting;
    await this.end();
    await this.ownership?.withdraw();
    this.ownership = null;
    if (this.socket.temporary) await rm(this.socket.path, { recursive: true, force: true });
  }

  async restart(): Promise<void> {
    await this.restarting;
    await this.end();
    await this.start();
  }

  private async end(): Promise<void> {
    const postmaster = this.postmaster;
    this.postmaster = null;
    await postmaster?.stop();
  }

  /** The kernel was out of memory, or someone meant another process: every committed row is there after the recovery. */
  private restartUnlessStopped(ended: Postmaster): void {
    if (this.postmaster !== ended || this.stopping.signal.aborted) return;
    this.log(
      `The embedded PostgreSQL (process ${ended.pid}) ended although nobody stopped it: starting it again`,
    );
    this.restarting = this.retryStart().finally(() => (this.restarting = null));
  }

  private async retryStart(): Promise<void> {
    for (const pause of RESTART_DELAYS_MS) {
      await wait(pause, undefined, this.stopping).catch(() => undefined);
      if (this.stopping.signal.aborted) return;
      try {
        await this.start();
        return this.log(`The embedded PostgreSQL is back (process ${this.pid})`);
      } catch {
        // What the killed server leaves behind ends a moment after it; the last word is below.
      }
    }
    this.log('The embedded PostgreSQL could not be started again: start the service again');
  }
}
