import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { startService, type RunningService } from '../running-service.js';
import { IppopayStandIn } from '../../src/simulator/ippopay-fake-api.js';
import { hangUp } from '../../src/simulator/sender.js';
import { FaultyLine } from './faulty-line.js';
import { ChaosMailServer } from './mail-server.js';

/** The PostgreSQL of the chaos: its owner may kill it and start it again. */
export interface ChaosPostgres {
  readonly url: string;
  readonly pid: number;
  restart(): Promise<void>;
}

/** What the service runs on beside the database. */
export interface ChaosSettings {
  environment: Record<string, string>;
  /** Made before the service starts, known to the gateways' side. */
  secrets: ReadonlyMap<string, string>;
}

/** How wrong the service's clock is, in seconds: from its start, and `later` from `after` ms on. */
export interface Skew {
  skew: number;
  later: number;
  after: number;
}

const PRELOAD = new URL('./preload.js', import.meta.url);

/**
 * The service, everything it depends on, and lines in between that can be broken. Stopping the service and breaking
 * what it stands on is noted with its time, so that a mail sent twice can be told from one sent twice for no reason.
 */
export class ChaosStage {
  service: RunningService | null = null;
  /** A second process on the same database, that nobody sends to. */
  spare: RunningService | null = null;
  readonly faultTimes: { from: number; to: number }[] = [];
  skew: Skew | null = null;
  /** Ends the fault that a kill began. */
  private mended: () => void = () => undefined;

  private constructor(
    readonly postgres: ChaosPostgres,
    readonly settings: ChaosSettings,
    readonly apiKey: string,
    readonly db: pg.Pool,
    readonly databaseLine: FaultyLine,
    readonly webLine: FaultyLine,
    readonly mailLine: FaultyLine,
    readonly mails: ChaosMailServer,
    readonly standIn: IppopayStandIn,
    private readonly keys: { publicKey: string; secretKey: string },
    private readonly folder: string,
  ) {}

  static async open(postgres: ChaosPostgres, settings: ChaosSettings): Promise<ChaosStage> {
    const keys = {
      publicKey: `pk_live_${randomBytes(8).toString('hex')}`,
      secretKey: `sk_live_${randomBytes(8).toString('hex')}`,
    };
    const db = new pg.Pool({
      connectionString: postgres.url,
      max: 4,
      connectionTimeoutMillis: 2_000,
      idleTimeoutMillis: 1_000,
    });
    db.on('error', () => undefined);
    const mails = await ChaosMailServer.start((id) => statusOf(db, id));
    const [databaseLine, webLine, mailLine, standIn, folder] = await Promise.all([
      FaultyLine.start({ path: socketOf(postgres.url) }),
      FaultyLine.start(),
      FaultyLine.start({ host: '127.0.0.1', port: mails.port }),
      IppopayStandIn.start(keys),
      mkdtemp(join(tmpdir(), 'payhook-chaos-')),
    ]);
    const apiKey = randomBytes(24).toString('hex');
    return new ChaosStage(
      postgres,
      settings,
      apiKey,
      db,
      databaseLine,
      webLine,
      mailLine,
      mails,
      standIn,
      keys,
      folder,
    );
  }

  /** Where gateways send to: the same address whichever process is behind it. */
  get url(): string {
    return `http://127.0.0.1:${this.webLine.port}`;
  }

  /** Starts the service; tried again while the database is not back yet. */
  async startService(): Promise<void> {
    for (let tries = 1; this.service === null; tries++) {
      try {
        this.service = await this.spawnService();
      } catch (error) {
        if (tries === 10) throw error;
        await sleep(200);
      }
    }
    this.lead(this.service);
  }

  /** From now on the spare process is the one behind {@link url}. */
  takeOver(): void {
    if (this.spare !== null) this.lead(this.spare);
    this.spare = null;
  }

  private lead(service: RunningService): void {
    this.mended();
    this.mended = () => undefined;
    this.service = service;
    this.webLine.leadTo({ host: '127.0.0.1', port: Number(new URL(service.url).port) });
  }

  /** Another process on the same database, beside the one behind {@link url}. The caller ends it. */
  spawnService(way: 'by the line' | 'directly' = 'by the line'): Promise<RunningService> {
    const database = new URL(this.postgres.url);
    if (way === 'by the line') {
      database.searchParams.delete('host');
      database.host = `127.0.0.1:${this.databaseLine.port}`;
    }
    const preload = new URL(PRELOAD);
    for (const [name, value] of Object.entries(this.skew ?? {}))
      preload.searchParams.set(name, String(value));
    return startService(
      this.folder,
      {
        ...this.settings.environment,
        DATABASE_URL: database.href,
        PORT: '0',
        LOG_LEVEL: 'fatal',
        API_KEYS: `chaos:${this.apiKey}`,
        SMTP_URL: `smtp://127.0.0.1:${this.mailLine.port}`,
        MAIL_FROM: 'Shop <pay@shop.example>',
        ALERT_SETTLE_SECONDS: '2',
        IPPOPAY_PUBLIC_KEY: this.keys.publicKey,
        IPPOPAY_SECRET_KEY: this.keys.secretKey,
        IPPOPAY_API_URL: this.standIn.baseUrl,
      },
      preload,
    );
  }

  /** kill -9. Mails that the dead process had under way may still come in, until another one takes its place. */
  async killService(): Promise<void> {
    this.mended = this.broke();
    const service = this.service;
    this.service = null;
    this.webLine.leadTo(null);
    await service?.kill();
    this.webLine.cut();
  }

  /** As an operator would. */
  async stopService(): Promise<void> {
    const service = this.service;
    this.service = null;
    this.webLine.leadTo(null);
    await service?.stop();
  }

  /** Notes a fault, from now until the answer is called (from now on, if it never is: at this moment). */
  broke(): () => void {
    const fault = { from: performance.now(), to: performance.now() };
    this.faultTimes.push(fault);
    return () => {
      fault.to = performance.now();
    };
  }

  async read<T>(path: string): Promise<T> {
    const response = await fetch(this.url + path, { headers: { authorization: `Bearer ${this.apiKey}` } });
    if (!response.ok) throw new Error(`${path} answered ${response.status}`);
    return (await response.json()) as T;
  }

  /** Waits until nothing is pending. Throws after half a minute. */
  async quiet(): Promise<void> {
    const end = performance.now() + 30_000;
    for (;;) {
      const stats = await this.read<{ quiet: boolean }>('/stats').catch(() => null);
      if (stats?.quiet) return;
      if (performance.now() > end)
        throw new Error(`half a minute later still pending: ${JSON.stringify(stats)}`);
      await sleep(40);
    }
  }

  async close(): Promise<void> {
    hangUp();
    await Promise.all([this.stopService(), this.spare?.stop()]);
    await Promise.all([this.databaseLine.close(), this.webLine.close(), this.mailLine.close()]);
    await Promise.all([this.mails.close(), this.standIn.close(), this.db.end()]);
    await rm(this.folder, { recursive: true, force: true });
  }
}

function socketOf(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  return join(url.searchParams.get('host') ?? '', `.s.PGSQL.${url.port || 5432}`);
}

async function statusOf(db: pg.Pool, notificationId: string): Promise<string | null> {
  try {
    const { rows } = await db.query<{ status: string }>('SELECT status FROM notifications WHERE id = $1', [
      notificationId,
    ]);
    return rows[0]?.status ?? null;
  } catch {
    return null; // the database is away: that is what is being tried
  }
}
