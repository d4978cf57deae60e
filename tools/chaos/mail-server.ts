import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** A mail that the server received completely, even if the client never got the reply. Times of `performance.now()`. */
export interface AcceptedMail {
  notificationId: string;
  to: string;
  acceptedAt: number;
  /** Status of its notification in the database at that moment; null if the database was unavailable. */
  statusThen: string | null;
  /** The kind that the message names; left out where it names none, as a mail. */
  kind?: string;
  /** The receiver took the message, and broke off before it said so. */
  answerLost?: boolean;
}

type Status = (notificationId: string) => Promise<string | null>;

/** A mail server that stores accepted mails and can fail on purpose. */
export class ChaosMailServer {
  readonly accepted: AcceptedMail[] = [];
  refused = 0;
  /** Called after a mail was received and before the reply is sent. */
  onAccepted: (() => Promise<void> | void) | null = null;
  private refusing = false;
  private withheld: Promise<void> | null = null;
  private release: () => void = () => undefined;
  private readonly server: SMTPServer;

  private constructor(private readonly statusOf: Status) {
    this.server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS', 'AUTH'],
      closeTimeout: 100,
      onMailFrom: (_address, _session, answered) => answered(this.currentRefusal()),
      onData: (stream, session, answered) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          const to = session.envelope.rcptTo[0]?.address ?? '';
          void this.acceptMail(Buffer.concat(chunks), to).then(() => answered(), answered);
        });
      },
    });
    this.server.on('error', () => undefined);
  }

  static async start(statusOf: Status): Promise<ChaosMailServer> {
    const server = new ChaosMailServer(statusOf);
    await new Promise<void>((resolve) => server.server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get port(): number {
    return (this.server.server.address() as AddressInfo).port;
  }

  /** Answers every mail with 451, until {@link recover}. */
  refuseMails(): void {
    this.refusing = true;
  }

  /** Receives mails and replies only after {@link recover}. */
  withholdReplies(): void {
    this.withheld = new Promise((resolve) => (this.release = resolve));
  }

  recover(): void {
    this.refusing = false;
    this.onAccepted = null;
    this.withheld = null;
    this.release();
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.server.close(resolve));
  }

  private async acceptMail(raw: Buffer, to: string): Promise<void> {
    const at = performance.now();
    const notificationId = /^Message-ID:\s*<([^@>]+)@/im.exec(raw.toString('latin1'))?.[1] ?? '';
    this.accepted.push({
      notificationId,
      to,
      acceptedAt: at,
      statusThen: await this.statusOf(notificationId),
    });
    const { onAccepted: onTaken } = this;
    await onTaken?.();
    await this.withheld;
  }

  private currentRefusal(): Error | null {
    if (!this.refusing) return null;
    this.refused++;
    return Object.assign(new Error('not now'), { responseCode: 451 });
  }
}
