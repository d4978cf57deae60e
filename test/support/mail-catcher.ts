import type { AddressInfo } from 'node:net';
import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';

/** Where in the conversation the server says no. */
export type RefusalStep = 'AUTH' | 'MAIL FROM' | 'RCPT TO' | 'DATA';

interface Refusal {
  step: RefusalStep;
  code: number;
  text: string;
  /** Null for every recipient. */
  to: string | null;
  left: number;
}

export interface RefusalOptions {
  step?: RefusalStep;
  times?: number;
  /** What follows the code. */
  text?: string;
  /** At `RCPT TO` only. */
  to?: string;
}

export interface CaughtMail {
  /** The recipients of the envelope, which is what counts. */
  to: readonly string[];
  mail: ParsedMail;
}

/** A real mail server on loopback that keeps what it is given, and misbehaves when told to. */
export class MailCatcher {
  readonly mails: CaughtMail[] = [];
  /** Messages the server was given whole and has not answered, because it is held. */
  waiting = 0;
  /** How often a message was refused. */
  refused = 0;
  private refusals: Refusal[] = [];
  private held: { to: string | null; until: Promise<void> } | null = null;
  private readonly server: SMTPServer;

  private constructor() {
    this.server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      onAuth: ({ username }, _session, answered) =>
        answered(this.refusalAt('AUTH'), { user: username ?? '' }),
      // Connections left open by a client that was killed do not hold up the end of a test.
      closeTimeout: 100,
      onMailFrom: (_address, _session, answered) => answered(this.refusalAt('MAIL FROM')),
      onRcptTo: ({ address }, _session, answered) => answered(this.refusalAt('RCPT TO', address)),
      onData: (stream, session, answered) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => void this.take(Buffer.concat(chunks), session).then(answered, answered));
      },
    });
    this.server.on('error', () => undefined);
  }

  static async start(): Promise<MailCatcher> {
    const catcher = new MailCatcher();
    await new Promise<void>((resolve) => catcher.server.listen(0, '127.0.0.1', resolve));
    return catcher;
  }

  /** As `SMTP_URL` would have it. */
  get url(): string {
    return `smtp://127.0.0.1:${(this.server.server.address() as AddressInfo).port}`;
  }

  /** The same with a login. */
  get urlWithLogin(): string {
    return this.url.replace('smtp://', 'smtp://shop:secret@');
  }

  /** Refuses the next messages with an SMTP code, those to one address if one is given: 4xx for now, 5xx for good. */
  refuse(
    code: number,
    { step = 'RCPT TO', times = Infinity, text = 'refused', to }: RefusalOptions = {},
  ): void {
    this.refusals.push({ step, code, text, to: to ?? null, left: times });
  }

  /**
   * Takes messages, those to one address if one is given, and gives no answer until the returned function is called;
   * they count from then on.
   */
  hold(to: string | null = null): () => void {
    let release: () => void = () => undefined;
    this.held = { to, until: new Promise((resolve) => (release = resolve)) };
    return () => {
      this.held = null;
      release();
    };
  }

  /** Behaves again. */
  recover(): void {
    this.refusals = [];
  }

  sentTo(address: string): ParsedMail[] {
    return this.mails.filter(({ to }) => to.includes(address)).map(({ mail }) => mail);
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.server.close(resolve));
  }

  private async take(raw: Buffer, session: SMTPServerSession): Promise<Error | undefined> {
    const refusal = this.refusalAt('DATA');
    if (refusal) return refusal;
    const to = session.envelope.rcptTo.map(({ address }) => address);
    if (this.held && (this.held.to === null || to.includes(this.held.to))) {
      this.waiting++;
      await this.held.until;
      this.waiting--;
    }
    this.mails.push({
      to,
      mail: await simpleParser(raw),
    });
    return undefined;
  }

  private refusalAt(step: RefusalStep, to: string | null = null): Error | undefined {
    const refusal = this.refusals.find(
      (one) => one.step === step && one.left > 0 && (one.to === null || one.to === to),
    );
    if (!refusal) return undefined;
    refusal.left--;
    this.refused++;
    return Object.assign(new Error(refusal.text), { responseCode: refusal.code });
  }
}
