import { Logger } from '@nestjs/common';
import { LogLine } from '../../platform/logging/log-line.js';
import type { SendResult } from '../channels/channel.js';
import { TOO_MANY } from '../kinds/message-rules.js';
import { notificationsEnded } from '../notification.metrics.js';
import type { LeasedNotification } from '../notification.store.js';
import type { Decided } from './notification-sets.js';

/** Counts and logs how the messages of one channel end. Log lines have no personal data. */
export class DecisionReport {
  private readonly logger = new Logger('NotificationWorker');

  constructor(private readonly channel: string) {}

  /** What ended with the decision. */
  record(decided: readonly Decided[]): void {
    this.warnOfLimit(decided);
    for (const one of decided) {
      if (one.kind === 'suppress') this.countSuppressed(one.reason);
      if (one.kind !== 'fail') continue;
      const { id, attempts } = one.message;
      this.recordFailure(id, one.error);
      if (one.isDead) this.recordDead({ id, attempts: attempts + 1 }, one.error);
    }
  }

  recordEnd(result: SendResult): void {
    if (result.status === 'suppressed') this.countSuppressed(result.reason);
    else notificationsEnded.inc({ channel: this.channel, outcome: 'sent', reason: '' });
  }

  /** Messages that go out nowhere, because the channel is not set up. */
  recordUnsent(ids: readonly string[], reason: string): void {
    if (ids.length === 0) return;
    this.countSuppressed(reason, ids.length);
    this.logger.log(new LogLine(`${ids.length} notifications are not sent: ${reason}`, { unsent: ids }));
  }

  recordFailure(id: string, reason: string): void {
    this.logger.warn(`notification ${id} was not sent: ${reason}`);
  }

  recordDead({ id, attempts }: LeasedNotification, reason: string): void {
    notificationsEnded.inc({ channel: this.channel, outcome: 'dead', reason: '' });
    this.logger.error(new LogLine('a notification is dead', { notificationId: id, attempts, reason }));
  }

  /** The channel sends nothing for a while, because an operator has to put something right. */
  recordHeld(reason: string): void {
    const fields = { channel: this.channel, reason };
    this.logger.error(new LogLine('messages are held until a setting of the channel is right', fields));
  }

  /** One line for a set, however many addresses it concerns. It names the payments' account, and no address. */
  private warnOfLimit(decided: readonly Decided[]): void {
    const tooMany = decided.filter((one) => one.kind === 'suppress' && one.reason === TOO_MANY);
    const [first] = tooMany;
    if (first === undefined) return;
    const { gateway, account } = first.message.stored;
    const fields = { channel: this.channel, reason: TOO_MANY, suppressed: tooMany.length, gateway, account };
    this.logger.warn(new LogLine('alerts are not sent, because their address got too many', fields));
  }

  private countSuppressed(reason: string, count = 1): void {
    notificationsEnded.inc({ channel: this.channel, outcome: 'suppressed', reason }, count);
  }
}
