import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { onExit } from '../at-end.js';

/** A mail server that keeps no mail. */
export interface MailSink {
  url: string;
  /** How many mails were there whole, and when the last one was (milliseconds since 1970; NaN before the first). */
  readonly count: number;
  readonly lastAt: number;
  /** The moment of the next mail. */
  next(): Promise<number>;
  close(): Promise<void>;
}

/**
 * It knows no more than the words of one delivery, and greets at once: the one of the tests holds its greeting back for
 * 100 ms, to find out who talks first, and so all mails.
 */
export async function startMailSink(): Promise<MailSink> {
  let count = 0;
  let lastAt = NaN;
  let tell: (at: number) => void = () => undefined;
  const taken = (): void => {
    count++;
    lastAt = performance.timeOrigin + performance.now();
    tell(lastAt);
  };
  const server = createServer((socket) => {
    let isData = false;
    const say = (answer: string): boolean => socket.write(`${answer}\r\n`);
    const hear = (line: string): void => {
      if (isData) {
        if (line !== '.') return;
        isData = false;
        taken();
        say('250 taken');
      } else if (/^DATA/i.test(line)) {
        isData = true;
        say('354 go on');
      } else if (/^QUIT/i.test(line)) socket.end('221 bye\r\n');
      else say('250 yes');
    };
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    createInterface(socket).on('line', hear);
    say('220 bench');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const close = onExit(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get count() {
      return count;
    },
    get lastAt() {
      return lastAt;
    },
    next: () => new Promise<number>((resolve) => (tell = resolve)),
    close,
  };
}

/** What a service needs to send its mails to a sink. */
export const sendingTo = ({ url }: MailSink): Record<string, string> => ({
  SMTP_URL: url,
  MAIL_FROM: 'Shop <pay@shop.example>',
});
