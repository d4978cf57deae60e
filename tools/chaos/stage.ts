import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { startService, type RunningService } from '../running-service.js';
import { IppopayFakeApi } from '../../src/simulator/ippopay-fake-api.js';
import { closeConnections } from '../../src/simulator/sender.js';
import { FaultProxy } from './faulty-line.js';
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
export interface ClockSkew {
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
  standby: RunningService | null = null;
  readonly faultTimes: { from: number; to: number }[] = [];
  skew: ClockSkew | null = null;
  /** Ends the fault that a kill began. */
  private endKillFault: () => void = () => undefined;

  private constructor(
    readonly postgres: ChaosPostgres,
    readonly settings: ChaosSettings,
    readonly apiKey: string,
    readonly db: pg.Pool,
    readonly databaseLine: FaultProxy,
    readonly webLine: FaultProxy,
    readonly mailLine: FaultProxy,
    readonly mails: ChaosMailServer,
    readonly ippopayApi: IppopayFakeApi,
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
    const mails = await ChaosMailServer.start((id) => readNotificationStatus(db, id));
    const [databaseLine, webLine, mailLine, standIn, folder] = await Promise.all([
      FaultProxy.start({ path: toSocketPath(postgres.url) }),
      FaultProxy.start(),
      FaultProxy.start({ host: '127.0.0.1', port: mails.port }),
      IppopayFakeApi.start(keys),
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
    this.routeTo(this.service);
  }

  /** From now on the spare process is the one behind {@link url}. */
  promoteStandby(): void {
    if (this.standby !== null) this.routeTo(this.standby);
    this.standby = null;
  }

  private routeTo(service: RunningService): void {
    this.endKillFault();
    this.endKillFault = () => undefined;
    this.service = service;
    this.webLine.setTarget({ host: '127.0.0.1', port: Number(new URL(service.url).port) });
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
        IPPOPAY_API_URL: this.ippopayApi.baseUrl,
      },
      preload,
    );
  }

  /** kill -9. Mails that the dead process had under way may still come in, until another one takes its place. */
  async killService(): Promise<void> {
    this.endKillFault = this.beginFault();
    const service = this.service;
    this.service = null;
    this.webLine.setTarget(null);
    await service?.kill();
    this.webLine.breakConnections();
  }

  /** As an operator would. */
  async stopService(): Promise<void> {
    const service = this.service;
    this.service = null;
    this.webLine.setTarget(null);
    await service?.stop();
  }

  /** Notes a fault, from now until the answer is called (from now on, if it never is: at this moment). */
  beginFault(): () => void {
    const fault = { from: performance.now(), to: performance.now() };
    this.faultTimes.push(fault);
    return () => {
      fault.to = performance.now();
    };
  }

  async readApi<T>(path: string): Promise<T> {
    const response = await fetch(this.url + path, { headers: { authorization: `Bearer ${this.apiKey}` } });
    if (!response.ok) throw new Error(`${path} answered ${response.status}`);
    return (await response.json()) as T;
  }

  /** Waits until nothing is pending. Throws after half a minute. */
  async waitUntilQuiet(): Promise<void> {
    const end = performance.now() + 30_000;
    for (;;) {
      const stats = await this.readApi<{ quiet: boolean }>('/stats').catch(() => null);
      if (stats?.quiet) return;
      if (performance.now() > end)
        throw new Error(`half a minute later still pending: ${JSON.stringify(stats)}`);
      await sleep(40);
    }
  }

  async close(): Promise<void> {
    closeConnections();
    await Promise.all([this.stopService(), this.standby?.stop()]);
    await Promise.all([this.databaseLine.close(), this.webLine.close(), this.mailLine.close()]);
    await Promise.all([this.mails.close(), this.ippopayApi.close(), this.db.end()]);
    await rm(this.folder, { recursive: true, force: true });
  }
}

function toSocketPath(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  return join(url.searchParams.get('host') ?? '', `.s.PGSQL.${url.port || 5432}`);
}

async function readNotificationStatus(db: pg.Pool, notificationId: string): Promise<string | null> {
  try {
    const { rows } = await db.query<{ status: string }>('SELECT status FROM notifications WHERE id = $1', [
      notificationId,
    ]);
    return rows[0]?.status ?? null;
  } catch {
    return null; // the database is away: that is what is being tried
  }
}
