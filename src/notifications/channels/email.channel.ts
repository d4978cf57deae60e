import { createTransport, type SendMailOptions, type Transporter } from 'nodemailer';
import { usableEmail } from '../messages/contact.js';
import { toHeaderValue } from '../messages/safe-text.js';
import type { Channel, Contact, SendResult, OutgoingMessage } from './channel.js';
import { PermanentSendError } from './send.errors.js';
import { toSendError } from './smtp-answer.js';

export interface SmtpTimeouts {
  /** For the connection, including the DNS look-up. */
  readonly connectionMs: number;
  /** For the server's greeting. */
  readonly greetingMs: number;
  /** For each answer of the server after the greeting. */
  readonly socketMs: number;
  /** For the whole message. It ends the work of a server that keeps sending a few bytes at a time. */
  readonly totalMs: number;
}

export const SMTP_TIMEOUTS: SmtpTimeouts = {
  connectionMs: 5_000,
  greetingMs: 5_000,
  socketMs: 10_000,
  totalMs: 30_000,
};

export interface EmailChannelOptions {
  /** `smtp://` or `smtps://`, with nodemailer's settings as its query. */
  readonly smtpUrl: string;
  /** An address, or `Name <address>`. */
  readonly mailFrom: string;
  readonly timeouts?: Partial<SmtpTimeouts>;
}

/** What a mail is made of. */
type MailMessage = Pick<OutgoingMessage, 'id' | 'to' | 'rendered' | 'signal'>;

/**
 * E-mail over SMTP, with one connection for each message. A pool would save little at this rate, and can hang.
 *
 * `send` throws `PermanentSendError` when the server refuses the recipient or the message with 5xx,
 * `ChannelSettingsError` when the server refuses the settings, and `TransientSendError` for everything else, within
 * `timeouts.totalMs`. The reference is the Message-ID. It contains the notification's id, so a message that is sent
 * twice has the same Message-ID twice.
 */
export class EmailChannel implements Channel {
  readonly name = 'email';
  private readonly transporter: Transporter;
  private readonly timeouts: SmtpTimeouts;
  private readonly domain: string;

  constructor(private readonly options: EmailChannelOptions) {
    this.timeouts = { ...SMTP_TIMEOUTS, ...options.timeouts };
    this.domain = domainOf(options.mailFrom);
    const { connectionMs, greetingMs, socketMs } = this.timeouts;
    this.transporter = createTransport({
      url: withoutForbiddenOptions(options.smtpUrl),
      connectionTimeout: connectionMs,
      dnsTimeout: connectionMs,
      greetingTimeout: greetingMs,
      socketTimeout: socketMs,
    });
  }

  addressOf({ email }: Contact): string | null {
    return usableEmail(email);
  }

  async send(message: MailMessage): Promise<SendResult> {
    if (usableEmail(message.to) !== message.to) throw new PermanentSendError('the address is not usable');
    const messageId = `<${message.id.replace(/[^\w.-]/g, '')}@${this.domain}>`;
    try {
      await this.transporter.sendMail(this.toMail(message, messageId));
    } catch (error) {
      throw toSendError(error);
    }
    return { status: 'sent', reference: messageId };
  }

  /** Closes the transport. A message that is being sent ends by its timeouts. */
  close(): void {
    this.transporter.close();
  }

  private toMail(
    { to, rendered, signal }: MailMessage,
    messageId: string,
  ): SendMailOptions & { signal: AbortSignal } {
    return {
      from: this.options.mailFrom,
      // An object, because nodemailer reads a string as a list of addresses.
      to: { name: '', address: to },
      subject: toHeaderValue(rendered.subject),
      text: rendered.text,
      html: rendered.html,
      messageId,
      headers: { 'Auto-Submitted': 'auto-generated', 'Content-Language': toHeaderValue(rendered.locale) },
      disableFileAccess: true,
      disableUrlAccess: true,
      signal: AbortSignal.any([signal, AbortSignal.timeout(this.timeouts.totalMs)]),
    };
  }
}

/** The sender's domain, for Message-IDs. Without one, a domain that never exists (RFC 6761, section 6.4). */
function domainOf(mailFrom: string): string {
  return /@([a-z0-9.-]+)>?\s*$/i.exec(mailFrom)?.[1]?.toLowerCase() ?? 'payhook.invalid';
}

/** Options that nodemailer reads from the URL, and that would pool connections, or log addresses and whole messages. */
const FORBIDDEN_SMTP_OPTIONS = ['pool', 'logger', 'debug', 'transactionLog'];

function withoutForbiddenOptions(smtpUrl: string): string {
  // The error does not repeat an invalid URL, because the URL may contain a password.
  if (!/^smtps?:\/\//i.test(smtpUrl) || !URL.canParse(smtpUrl)) {
    throw new Error('SMTP_URL must begin with smtp:// or smtps:// and name a server');
  }
  const url = new URL(smtpUrl);
  for (const setting of FORBIDDEN_SMTP_OPTIONS) url.searchParams.delete(setting);
  return url.href;
}
