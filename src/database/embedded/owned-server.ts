import { rm } from 'node:fs/promises';
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

/** The server that this process started, may start again, and must stop. */
export class OwnedServer implements EmbeddedPostgres {
  readonly joined = false;
  readonly url: string;
  readonly home: string;
  private postmaster: Postmaster | null = null;
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
    void postmaster.ended.then(() => this.reportUnlessStopped(postmaster));
  }

  async stop(): Promise<void> {
    await this.end();
    await this.ownership?.withdraw();
    this.ownership = null;
    if (this.socket.temporary) await rm(this.socket.path, { recursive: true, force: true });
  }

  async restart(): Promise<void> {
    await this.end();
    await this.start();
  }

  private async end(): Promise<void> {
    const postmaster = this.postmaster;
    this.postmaster = null;
    await postmaster?.stop();
  }

  private reportUnlessStopped(ended: Postmaster): void {
    if (this.postmaster !== ended) return;
    this.log(
      `The embedded PostgreSQL (process ${ended.pid}) ended although nobody stopped it; start the service again`,
    );
  }
}
