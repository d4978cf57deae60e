import { Logger } from '@nestjs/common';
import { usableEmail } from '../messages/contact.js';
import type { Channel, Contact, SendResult, OutgoingMessage } from './channel.js';

/**
 * Stands in where no mail server is configured. The alert stays readable as it was rendered, with its notification;
 * the log tells its id alone, for the rest is personal.
 */
export class LogChannel implements Channel {
  readonly name = 'log';
  private readonly logger = new Logger(LogChannel.name);

  addressOf({ email }: Contact): string | null {
    return usableEmail(email);
  }

  async send({ id }: OutgoingMessage): Promise<SendResult> {
    this.logger.log(`notification ${id} is not sent: no SMTP_URL is set`);
    return { status: 'suppressed', reason: 'smtp_not_configured' };
  }
}
