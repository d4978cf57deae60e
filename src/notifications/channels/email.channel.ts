import { createTransport, type SendMailOptions, type Transporter } from 'nodemailer';
import { usableEmail } from '../messages/contact.js';
import { toHeaderValue } from '../messages/safe-text.js';
import type { Channel, Contact, SendResult, OutgoingMessage } from './channel.js';
import { PermanentSendError } from './send.errors.js';
import { toSendError } from './smtp-answer.js';

/** In milliseconds. */
export interface SmtpTimeouts {
  /** Until the connection stands, the look-up of the name included. */
  readonly connection: number;
  readonly greeting: number;
  /** Silence at any time after that. */
  readonly socket: number;
  /** The whole delivery, against a server that answers drop by drop. */
  readonly total: number;
}

export const SMTP_TIMEOUTS: SmtpTimeouts = {
  connection: 5_000,
  greeting: 5_000,
  socket: 10_000,
  total: 30_000,
};

export interface EmailChannelOptions {
  /** `smtp://` or `smtps://`, with nodemailer's settings as its query. */
  readonly smtpUrl: string;
  /** An address, or `Name <address>`. */
  readonly mailFrom: string;
  readonly timeouts?: Partial<SmtpTimeouts>;
}

/**
 * E-mail over SMTP, one connection a message: a pool would save little at this rate, and can hang.
 *
 * Throws `PermanentDeliveryError` when the server refuses the recipient or the message with 5xx, and
 * `TransientDeliveryError` for everything else, within `timeouts.total`. The reference is the Message-ID, made of the
 * notification's id: a message sent twice carries it twice.
 */
export class EmailChannel implements Channel {
  readonly name = 'email';
  private readonly transporter: Transporter;
  private readonly timeouts: SmtpTimeouts;
  private readonly domain: string;

  constructor(private readonly options: EmailChannelOptions) {
    this.timeouts = { ...SMTP_TIMEOUTS, ...options.timeouts };
    this.domain = domainOf(options.mailFrom);
    const { connection, greeting, socket } = this.timeouts;
    this.transporter = createTransport({
      url: withoutForbiddenOptions(options.smtpUrl),
      connectionTimeout: connection,
      dnsTimeout: connection,
      greetingTimeout: greeting,
      socketTimeout: socket,
    });
  }

  addressOf({ email }: Contact): string | null {
    return usableEmail(email);
  }

  async send(message: OutgoingMessage): Promise<SendResult> {
    if (usableEmail(message.to) !== message.to) throw new PermanentSendError('the address is not usable');
    const messageId = `<${message.id.replace(/[^\w.-]/g, '')}@${this.domain}>`;
    try {
      await this.transporter.sendMail(this.toMail(message, messageId));
    } catch (error) {
      throw toSendError(error);
    }
    return { status: 'sent', reference: messageId };
  }

  /** Lets go of what the transport holds; a delivery under way ends by its timeouts. */
  close(): void {
    this.transporter.close();
  }

  private toMail(
    { to, rendered }: OutgoingMessage,
    messageId: string,
  ): SendMailOptions & { signal: AbortSignal } {
    return {
      from: this.options.mailFrom,
      // As an object, so that nothing in it is read as a list.
      to: { name: '', address: to },
      subject: toHeaderValue(rendered.subject),
      text: rendered.text,
      html: rendered.html,
      messageId,
      headers: { 'Auto-Submitted': 'auto-generated', 'Content-Language': toHeaderValue(rendered.locale) },
      disableFileAccess: true,
      disableUrlAccess: true,
      signal: AbortSignal.timeout(this.timeouts.total),
    };
  }
}

/** The sender's domain, for Message-IDs; a name of our own where there is none to take. */
function domainOf(mailFrom: string): string {
  return /@([a-z0-9.-]+)>?\s*$/i.exec(mailFrom)?.[1]?.toLowerCase() ?? 'payhook.invalid';
}

/** Settings a URL may carry in nodemailer that would pool connections, or log addresses and whole messages. */
const FORBIDDEN_SMTP_OPTIONS = ['pool', 'logger', 'debug', 'transactionLog'];

function withoutForbiddenOptions(smtpUrl: string): string {
  // A URL that cannot be read is not repeated: it may hold a password.
  if (!/^smtps?:\/\//i.test(smtpUrl) || !URL.canParse(smtpUrl)) {
    throw new Error('SMTP_URL must begin with smtp:// or smtps:// and name a server');
  }
  const url = new URL(smtpUrl);
  for (const setting of FORBIDDEN_SMTP_OPTIONS) url.searchParams.delete(setting);
  return url.href;
}
