import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { PermanentSendError, TransientSendError } from '../../src/notifications/channels/send.errors.js';
import { EmailChannel, type SmtpTimeouts } from '../../src/notifications/channels/email.channel.js';
import { renderMessage } from '../../src/notifications/messages/message.js';

const RENDERED = renderMessage(
  {
    kind: 'payment_failed',
    orderId: 'ord_1',
    amount: '10000',
    currency: 'INR',
    exponent: 2,
    failureCode: 'insufficient_funds',
    customerName: 'गौरव कुमार',
    locale: 'hi-IN',
    occurredAt: new Date('2026-11-23T17:05:00Z'),
    retryUrl: 'https://shop.example/orders/ord_1/pay',
  },
  'en',
);
const ID = '0199a1b2-0000-7000-8000-000000000001';
type Mail = Parameters<EmailChannel['send']>[0];
const message = (change: Partial<Mail> = {}): Mail => ({
  id: ID,
  to: 'gaurav@example.com',
  rendered: RENDERED,
  signal: new AbortController().signal,
  ...change,
});

const opened: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

function channelTo(port: number, timeouts: Partial<SmtpTimeouts> = {}, query = ''): EmailChannel {
  const smtpUrl = `smtp://127.0.0.1:${port}/${query}`;
  const channel = new EmailChannel({ smtpUrl, mailFrom: 'Shop <pay@shop.example>', timeouts });
  opened.push(async () => channel.close());
  return channel;
}

interface Received {
  envelope: string[];
  raw: string;
  mail: ParsedMail;
}

/** A mail server as there are many; `refuse` changes what it answers. */
async function mailServer(
  refuse: Partial<SMTPServerOptions> = {},
): Promise<{ port: number; received: Received[] }> {
  const received: Received[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData(stream, session, answered) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const raw = Buffer.concat(chunks);
        const envelope = session.envelope.rcptTo.map(({ address }) => address);
        simpleParser(raw).then(
          (mail) => {
            received.push({ envelope, raw: raw.toString('latin1'), mail });
            answered();
          },
          (error: Error) => answered(error),
        );
      });
    },
    ...refuse,
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  opened.push(() => new Promise((resolve) => server.close(resolve)));
  return { port: (server.server.address() as AddressInfo).port, received };
}

/** A server that does with each connection what it is told, and nothing else. */
async function rawServer(onConnection: (socket: Socket) => void): Promise<number> {
  const sockets: Socket[] = [];
  const server: Server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  opened.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

const refusal = (responseCode: number): Error =>
  Object.assign(new Error(`refused gaurav@example.com`), { responseCode });

describe('a mail over SMTP', () => {
  it('arrives as it was rendered', async () => {
    const { port, received } = await mailServer();
    const outcome = await channelTo(port).send(message());

    expect(outcome).toEqual({ status: 'sent', reference: `<${ID}@shop.example>` });
    expect(received).toHaveLength(1);
    const { mail, envelope, raw } = received[0]!;
    expect(envelope).toEqual(['gaurav@example.com']);
    expect(mail.subject).toBe(RENDERED.subject);
    expect(mail.text?.trim()).toBe(RENDERED.text.trim());
    expect(mail.html).toContain('https://shop.example/orders/ord_1/pay');
    expect(mail.html && mail.html.trim()).toBe(RENDERED.html.trim());
    expect(mail.from?.text).toBe('"Shop" <pay@shop.example>');
    expect(mail.messageId).toBe(`<${ID}@shop.example>`);
    expect(mail.headers.get('auto-submitted')).toBe('auto-generated');
    expect(mail.headers.get('content-language')).toBe('hi-IN');
    expect(mail.headers.has('x-mailer')).toBe(false);
    expect(raw.split('\r\n').every((line) => line.length <= 998)).toBe(true);
  });

  it('sent twice is the same message', async () => {
    const { port, received } = await mailServer();
    const channel = channelTo(port);
    await channel.send(message());
    await channel.send(message());
    expect(new Set(received.map(({ mail }) => mail.messageId)).size).toBe(1);
    expect(received).toHaveLength(2);
  });

  it('takes no second recipient and no header from its values', async () => {
    const { port, received } = await mailServer();
    const channel = channelTo(port);
    const hostile = 'x\r\nBcc: eve@evil.example\r\n\r\n<script>';
    await channel.send(
      message({ id: hostile, rendered: { ...RENDERED, subject: hostile, locale: hostile } }),
    );

    const { mail, envelope } = received[0]!;
    expect(envelope).toEqual(['gaurav@example.com']);
    expect(mail.bcc).toBeUndefined();
    expect(mail.subject).toBe('x Bcc: eve@evil.example <script>');
    expect(mail.text?.trim()).toBe(RENDERED.text.trim());
  });

  it.each([
    'a@example.com\r\nBcc: eve@evil.example',
    'a@example.com, eve@evil.example',
    'A <a@example.com>',
    '',
  ])('is not sent to %j', async (to) => {
    const { port, received } = await mailServer();
    await expect(channelTo(port).send(message({ to }))).rejects.toBeInstanceOf(PermanentSendError);
    expect(received).toEqual([]);
  });

  it('leaves no connection open, whatever the URL asks for', async () => {
    let closed: () => void = () => undefined;
    const hungUp = new Promise<void>((resolve) => (closed = resolve));
    const { port } = await mailServer({ onClose: () => closed() });
    await channelTo(port, { socketMs: 60_000 }, '?pool=true&logger=true&debug=true').send(message());
    await hungUp;
  });
});

describe('a mail server that refuses', () => {
  it.each([
    ['the recipient for now', { onRcptTo: (_a, _s, answered) => answered(refusal(450)) }, TransientSendError],
    [
      'the recipient for good',
      { onRcptTo: (_a, _s, answered) => answered(refusal(550)) },
      PermanentSendError,
    ],
    ['the sender', { onMailFrom: (_a, _s, answered) => answered(refusal(550)) }, TransientSendError],
    [
      'the message for now',
      { onData: (stream, _s, answered) => void stream.resume().on('end', () => answered(refusal(451))) },
      TransientSendError,
    ],
    [
      'the message for good',
      { onData: (stream, _s, answered) => void stream.resume().on('end', () => answered(refusal(554))) },
      PermanentSendError,
    ],
  ] satisfies [string, Partial<SMTPServerOptions>, new (...args: never[]) => Error][])(
    '%s',
    async (_what, refuse, expected) => {
      const { port } = await mailServer(refuse);
      const error: unknown = await channelTo(port)
        .send(message())
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(expected);
      expect(String(error)).not.toContain('gaurav');
      expect((error as Error).cause).toBeUndefined();
    },
  );
});

it('an SMTP_URL that cannot be read is never repeated', () => {
  for (const smtpUrl of [
    'smtp://canary:secret@[',
    'canary:secret',
    'canary',
    'http://canary:secret@mail.example',
  ]) {
    const build = (): EmailChannel => new EmailChannel({ smtpUrl, mailFrom: 'pay@shop.example' });
    expect(build).toThrow(/^SMTP_URL must begin with smtp:\/\/ or smtps:\/\/ and name a server$/);
  }
});

describe('a mail server that is not there', () => {
  it('is a reason to try again', async () => {
    const port = await rawServer(() => undefined);
    await opened.pop()!();
    await expect(channelTo(port).send(message())).rejects.toBeInstanceOf(TransientSendError);
  });

  it.each([
    ['never greets', { greetingMs: 50 }, () => undefined],
    ['greets and falls silent', { socketMs: 50 }, (socket: Socket) => void socket.write('220 hello\r\n')],
    ['hangs up', {}, (socket: Socket) => void socket.end()],
    [
      'answers drop by drop',
      { totalMs: 200 },
      (socket: Socket) => {
        socket.write('220 hello\r\n');
        const drops = setInterval(() => socket.write('250-still thinking\r\n'), 10);
        socket.on('close', () => clearInterval(drops));
      },
    ],
  ])('is a reason to try again when it %s', async (_what, timeouts, onConnection) => {
    const port = await rawServer(onConnection);
    await expect(channelTo(port, timeouts).send(message())).rejects.toBeInstanceOf(TransientSendError);
  });
});
