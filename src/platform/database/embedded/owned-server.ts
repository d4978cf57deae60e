import { rm } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { urlOf } from './embedded-database.js';
import { announceOwner } from './owner-socket.js';
import { type Postmaster, startPostmaster } from './postmaster.js';
import { type ServerHome, type SocketFolder } from './server-home.js';

/** An embedded PostgreSQL on a Unix socket that only its account and root can reach. */
export interface EmbeddedPostgres {
  /** URL of the database `payhook` for `pg`, TypeORM and libpq. It stays the same after a restart. */
  readonly url: string;
  /** Process id of the server. */
  readonly pid: number;
  /** The folder of its files: the data folder, or the one that was chosen instead. */
  readonly home: string;
  /** True if another process owns the server. It ends with that process, and `stop` does nothing. */
  readonly joined: boolean;
  /** Closes all connections and stops the server. May be called twice. */
  stop(): Promise<void>;
  /** Restarts the server, or starts it after it was killed. Only for the owner. */
  restart(): Promise<void>;
}

/** Pauses before the attempts to restart a killed server, about half a minute in total. */
const RESTART_DELAYS_MS = [0, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 10_000];

/** The server that this process started, restarts when it is killed, and must stop. */
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
    private readonly isDurable: boolean,
  ) {
    this.url = urlOf(socket.path);
    this.home = place.path;
  }

  /** Process id of the server; 0 after it has stopped. */
  get pid(): number {
    return this.postmaster?.pid ?? 0;
  }

  async start(): Promise<void> {
    const postmaster = await startPostmaster(this.place, this.binaries, this.socket, this.isDurable);
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

  /**
   * Restarts a server that was killed, for example by the out-of-memory killer. Recovery restores every committed row.
   */
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
        // Child processes of the killed server end shortly after it, so an attempt may fail. The last failure is thrown
        // below.
      }
    }
    this.log('The embedded PostgreSQL could not be started again: start the service again');
  }
}
