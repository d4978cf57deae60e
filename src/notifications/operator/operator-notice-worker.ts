import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ENV } from '../../platform/config/config.module.js';
import type { Env } from '../../platform/config/env.js';
import { ProcessRole } from '../../platform/config/process-role.js';
import {
  LeasedQueue,
  LEASES,
  RETRY_POLICY,
  type Leases,
  type RetryPolicy,
  WorkerSession,
} from '../../platform/jobs/index.js';
import { describeError } from '../../platform/logging/describe-error.js';
import {
  claimNotice,
  endNotice,
  type LeasedNotice,
  MAX_NOTICES_PER_DAY,
  OPERATOR_NOTICE_TABLE,
} from '../../platform/notices/index.js';
import { EmailChannel } from '../channels/email.channel.js';
import { ChannelSettingsError, PermanentSendError } from '../channels/send.errors.js';
import { stopPatienceMs } from '../sending/message-queue.js';
import { renderNotice } from './operator-notice.template.js';

/** Notices are rare, and nobody waits for one. */
const POLL_MS = 2_000;
/** After the mail server refused the settings. */
const SETTINGS_PAUSE_MS = 60_000;

/**
 * Mails notices to `OPERATOR_MAIL` by the mail server that customers are written to by, with the same rules of retrying:
 * also where a plug-in replaces e-mail for customers. Where there is no address or no mail server, and beyond 20 mails
 * in 24 h, a notice ends as suppressed. `publishOperatorNotice` writes notices.
 */
@Injectable()
export class OperatorNoticeWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(OperatorNoticeWorker.name);
  private readonly queue: LeasedQueue<LeasedNotice>;
  private readonly channel: EmailChannel | null;
  private readonly to: string | null;
  private readonly patienceMs: number;

  constructor(
    private readonly db: DataSource,
    private readonly role: ProcessRole,
    @Inject(ENV) { operatorMail, smtpUrl, mailFrom, shutdownSeconds }: Env,
    @Inject(RETRY_POLICY) private readonly retry: RetryPolicy,
    @Inject(LEASES) { sendMs: leaseMs }: Leases,
    session: WorkerSession,
  ) {
    this.to = operatorMail;
    this.patienceMs = stopPatienceMs(shutdownSeconds);
    this.channel = smtpUrl === null ? null : new EmailChannel({ smtpUrl, mailFrom });
    this.queue = new LeasedQueue(db, retry, {
      name: OperatorNoticeWorker.name,
      table: OPERATOR_NOTICE_TABLE,
      session,
      pollMs: POLL_MS,
      concurrency: 1,
      claim: (lease) => claimNotice(db, lease, leaseMs),
      work: (notice, lease, signal) => this.process(notice, lease, signal),
      describe: ({ id }) => `operator notice ${id}`,
    });
  }

  onApplicationBootstrap(): void {
    if (this.role.works) this.queue.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.queue.stop(this.patienceMs);
    this.channel?.close();
  }

  private async process(notice: LeasedNotice, lease: string, signal: AbortSignal): Promise<void> {
    const reason = this.reasonNotToSend(notice);
    if (reason !== null) this.logger.warn(`operator notice ${notice.id} is not sent: ${reason}`);
    try {
      if (reason === null) await this.send(notice, signal);
      const end = { status: reason === null ? 'sent' : 'suppressed', reason } as const;
      await this.queue.write(() => endNotice(this.db, notice.id, lease, end));
    } catch (error) {
      await this.endFailed(notice, lease, error, signal.aborted);
    }
  }

  private reasonNotToSend({ sentToday }: LeasedNotice): string | null {
    if (this.to === null) return 'operator_mail_not_configured';
    if (this.channel === null) return 'smtp_not_configured';
    return sentToday >= MAX_NOTICES_PER_DAY ? 'daily_limit' : null;
  }

  private async send({ id, content }: LeasedNotice, signal: AbortSignal): Promise<void> {
    await this.channel?.send({ id, to: this.to ?? '', rendered: renderNotice(content), signal });
  }

  private async endFailed(
    notice: LeasedNotice,
    lease: string,
    error: unknown,
    isGivenUp: boolean,
  ): Promise<void> {
    const reason = describeError(error);
    this.logger.warn(`operator notice ${notice.id} was not sent: ${reason}`);
    if (isGivenUp) return this.queue.postpone(notice, lease, 0, reason);
    if (error instanceof ChannelSettingsError) {
      const pauseMs = Math.min(SETTINGS_PAUSE_MS, this.retry.capMs);
      return this.queue.postpone(notice, lease, pauseMs, reason);
    }
    const status = error instanceof PermanentSendError ? 'dead' : this.queue.statusAfterFailure(notice);
    await this.queue.fail(notice, lease, { status, reason });
  }
}
