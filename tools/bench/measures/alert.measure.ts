import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { eventsOf, type Measure } from '../bench.js';
import { Connection, onTheWire } from '../load/connection.js';
import { type Events, signedEvent } from '../load/events.js';
import { run } from '../programs/programs.js';
import { onExit } from '../at-end.js';

const FAILURES = 50;
const QUICK_FAILURES = 9;

/** From a failed payment's POST until the mail is in the hands of the mail server, nothing else going on. */
export const alert: Measure = {
  name: 'alert',
  asks: 'how long from a failure to the mail, on an idle service (7)',
  async run(bench) {
    const count = bench.quick ? QUICK_FAILURES : FAILURES;
    const post = await startSmtpServer();
    const program = await run('payhook', bench.server, {
      environment: { SMTP_URL: post.url, MAIL_FROM: 'Shop <pay@shop.example>', ALERT_SETTLE_SECONDS: '0' },
    });
    const connection = await Connection.open(program.url);
    const events = eventsOf(count + 5, { failing: 100 });
    const answers: number[] = [];
    const mails: number[] = [];
    for (let nth = 0; nth < events.count; nth++) {
      const mail = post.next();
      const began = await postOne(connection, events, nth);
      if (nth < 5)
        await mail; // warming up
      else {
        answers.push(began.answeredAfter);
        mails.push((await mail) - began.at);
      }
    }
    connection.close();
    await program.end();
    await post.close();
    return [
      {
        question: 7,
        what: 'Failure until its mail is handed over, median of single failures',
        unit: ' ms',
        figures: [middle(mails)],
        reference: { what: 'their answers', figures: [middle(answers)] },
        target: { kind: 'at most', value: 20 },
      },
    ];
  },
};

const middle = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;

async function postOne(
  connection: Connection,
  events: Events,
  nth: number,
): Promise<{ at: number; answeredAfter: number }> {
  const request = onTheWire(signedEvent(events, nth));
  const at = performance.now();
  const status = await connection.send(request);
  if (status !== 200) throw new Error(`the failure was answered with ${status}`);
  return { at, answeredAfter: performance.now() - at };
}

/**
 * A mail server that notes when a mail was there whole. It knows no more than the words of one delivery, and greets at
 * once: the one of the tests holds its greeting back for 100 ms, to find out who talks first, and so all mails.
 */
async function startSmtpServer() {
  let told: (at: number) => void = () => undefined;
  const server = createServer((socket) => {
    let isData = false;
    const say = (answer: string): boolean => socket.write(`${answer}\r\n`);
    const hear = (line: string): void => {
      if (isData) {
        if (line !== '.') return;
        isData = false;
        told(performance.now());
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
    next: () => new Promise<number>((resolve) => (told = resolve)),
    close,
  };
}
