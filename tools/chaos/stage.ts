import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { StatsView } from '../../src/operations/monitoring/stats.js';
import { startService, type RunningService } from '../running-service.js';
import { IppopayFakeApi } from '../../src/webhooks/gateways/ippopay/ippopay-api.simulator.js';
import { closeConnections } from '../../src/simulator/sender.js';
import { FaultProxy } from './fault-proxy.js';
import { ChaosHttpReceiver } from './http-receiver.js';
import { type AcceptedMail, ChaosMailServer } from './mail-server.js';
import { KINDS } from './message-kinds.js';
import { readNotificationStatus } from './notification-status.js';
import { ChaosSubscribers } from './subscribers.js';

/** A PostgreSQL that faults may kill and restart. */
export interface ChaosPostgres {
  readonly url: string;
  readonly pid: number;
  restart(): Promise<void>;
}

/** Settings of the service that faults do not change. */
export interface ChaosSettings {
  environment: Record<string, string>;
  /** Webhook secrets by gateway, known to both sides. */
  secrets: ReadonlyMap<string, string>;
}

/** Error of the service's clock in seconds: `skew` from its start, `later` from `after` milliseconds on. */
export interface ClockSkew {
  skew: number;
  later: number;
  after: number;
}

const PRELOAD = new URL('./preload.js', import.meta.url);

/**
 * The service, everything it depends on, and fault proxies in between. Faults are recorded with their times: a mail may be
 * sent twice only if a fault lies between the two.
 */
export class ChaosStage {
  service: RunningService | null = null;
  /** A second process on the same database, which gets no requests. */
  standby: RunningService | null = null;
  readonly faultTimes: { from: number; to: number }[] = [];
  skew: ClockSkew | null = null;
  /** The service keeps the leases and retries that ship, and alerts do not settle. */
  asShipped = false;
  /**
   * Customers are told by mail and by HTTP, of each kind but reminders, and subscribers of events. Else customers by mail, of
   * the two kinds by default, and no subscriber.
   */
  tellsAll = false;
  /** Ends the recorded fault of the last kill. */
  private endKillFault: () => void = () => undefined;

  private constructor(
    readonly postgres: ChaosPostgres,
    readonly settings: ChaosSettings,
    readonly apiKey: string,
    readonly db: pg.Pool,
    readonly databaseProxy: FaultProxy,
    readonly webProxy: FaultProxy,
    readonly mailProxy: FaultProxy,
    readonly mails: ChaosMailServer,
    readonly http: ChaosHttpReceiver,
    readonly subscribers: ChaosSubscribers,
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
    const statusOf = (id: string): Promise<string | null> => readNotificationStatus(db, id);
    const mails = await ChaosMailServer.start(statusOf);
    const http = await ChaosHttpReceiver.start(statusOf);
    const subscribers = await ChaosSubscribers.start();
    const [databaseProxy, webProxy, mailProxy, ippopayApi, folder] = await Promise.all([
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
      databaseProxy,
      webProxy,
      mailProxy,
      mails,
      http,
      subscribers,
      ippopayApi,
      keys,
      folder,
    );
  }

  /** The address to which gateways send. It stays the same when the process behind it changes. */
  get url(): string {
    return `http://127.0.0.1:${this.webProxy.port}`;
  }

  /** What took the messages, by the channel's name in the service's list. */
  get ends(): Readonly<Record<string, { accepted: readonly AcceptedMail[] }>> {
    return { email: this.mails, ...(this.tellsAll && { http: this.http }) };
  }

  /** Starts the service. Tries up to 10 times, because the database may still be starting. */
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

  /** Makes the standby the process behind {@link url}. */
  promoteStandby(): void {
    if (this.standby !== null) this.routeTo(this.standby);
    this.standby = null;
  }

  private routeTo(service: RunningService): void {
    this.endKillFault();
    this.endKillFault = () => undefined;
    this.service = service;
    this.webProxy.setTarget({ host: '127.0.0.1', port: Number(new URL(service.url).port) });
  }

  /** Starts another process on the same database, beside the one behind {@link url}. The caller stops it. */
  spawnService(way: 'by the line' | 'directly' = 'by the line'): Promise<RunningService> {
    const database = new URL(this.postgres.url);
    if (way === 'by the line') {
      database.searchParams.delete('host');
      database.host = `127.0.0.1:${this.databaseProxy.port}`;
    }
    const preload = new URL(PRELOAD);
    if (this.asShipped) preload.searchParams.set('shipped', '1');
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
        SMTP_URL: `smtp://127.0.0.1:${this.mailProxy.port}`,
        MAIL_FROM: 'Shop <pay@shop.example>',
        ALERT_SETTLE_SECONDS: this.asShipped ? '0' : '2',
        ...(this.tellsAll && {
          ...this.http.settings,
          ...this.subscribers.settings,
          MESSAGE_CHANNELS: 'mail,http',
          MESSAGES: KINDS.join(),
        }),
        IPPOPAY_PUBLIC_KEY: this.keys.publicKey,
        IPPOPAY_SECRET_KEY: this.keys.secretKey,
        IPPOPAY_API_URL: this.ippopayApi.baseUrl,
      },
      preload,
    );
  }

  /** Sends SIGKILL. Mails that the killed process was sending may still arrive until another process takes its place. */
  async killService(): Promise<void> {
    this.endKillFault = this.beginFault();
    const service = this.service;
    this.service = null;
    this.webProxy.setTarget(null);
    await service?.kill();
    this.webProxy.breakConnections();
  }

  /** Sends SIGTERM, as an operator would. */
  async stopService(): Promise<void> {
    const service = this.service;
    this.service = null;
    this.webProxy.setTarget(null);
    await service?.stop();
  }

  /** Records a fault that starts now. The returned function records its end; without a call the fault has no duration. */
  beginFault(): () => void {
    const fault = { from: performance.now(), to: performance.now() };
    this.faultTimes.push(fault);
    return () => {
      fault.to = performance.now();
    };
  }

  /** Asks the read API with the operator's key, once. */
  askApi(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { authorization: `Bearer ${this.apiKey}`, 'content-type': 'application/json' };
    return fetch(this.url + path, { ...init, headers });
  }

  async readApi<T>(path: string): Promise<T> {
    const response = await this.askApi(path);
    if (!response.ok) throw new Error(`${path} answered ${response.status}`);
    return (await response.json()) as T;
  }

  /** Waits until nothing is pending. Throws after 30 s. */
  waitUntilQuiet(): Promise<void> {
    return this.waitUntil(({ quiet }) => quiet, 30_000);
  }

  /** Waits until `GET /stats` answers what is asked for. Throws after `ms`. */
  async waitUntil(isSo: (stats: StatsView) => boolean, ms: number): Promise<void> {
    const end = performance.now() + ms;
    for (;;) {
      const stats = await this.readApi<StatsView>('/stats').catch(() => null);
      if (stats !== null && isSo(stats)) return;
      if (performance.now() > end)
        throw new Error(`work is still pending after ${ms / 1_000} s: ${JSON.stringify(stats)}`);
      await sleep(40);
    }
  }

  async close(): Promise<void> {
    closeConnections();
    await Promise.all([this.stopService(), this.standby?.stop()]);
    await Promise.all([this.databaseProxy.close(), this.webProxy.close(), this.mailProxy.close()]);
    await Promise.all([this.mails.close(), this.http.close(), this.subscribers.close()]);
    await Promise.all([this.ippopayApi.close(), this.db.end()]);
    await rm(this.folder, { recursive: true, force: true });
  }
}

function toSocketPath(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  return join(url.searchParams.get('host') ?? '', `.s.PGSQL.${url.port || 5432}`);
}
