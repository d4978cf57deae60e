import { Logger } from '@nestjs/common';
import { usableEmail } from '../messages/contact.js';
import type { Channel, Contact, OutgoingMessage, SendResult } from './channel.js';

/**
 * Used when no mail server is configured. It sends nothing. Operators read the message with its notification; the log
 * contains only the id, because the rest is personal data.
 */
export class LogChannel implements Channel {
  readonly name = 'log';
  readonly suppresses = 'smtp_not_configured';
  private readonly logger = new Logger(LogChannel.name);

  addressOf({ email }: Contact): string | null {
    return usableEmail(email);
  }

  async send({ id }: OutgoingMessage): Promise<SendResult> {
    this.logger.log(`notification ${id} is not sent: no SMTP_URL is set`);
    return { status: 'suppressed', reason: this.suppresses };
  }
}
