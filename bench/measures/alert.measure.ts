import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { eventsOf, type Measure } from '../bench.js';
import { Connection, onTheWire } from '../load/connection.js';
import { type Events, signedEvent } from '../load/events.js';
import { run } from '../programs/programs.js';
import { atEnd } from '../at-end.js';

const FAILURES = 50;
const QUICK_FAILURES = 9;

/** From a failed payment's POST until the mail is in the hands of the mail server, nothing else going on. */
export const alert: Measure = {
  name: 'alert',
  asks: 'how long from a failure to the mail, on an idle service (7)',
  async run(bench) {
    const count = bench.quick ? QUICK_FAILURES : FAILURES;
    const post = await startPostOffice();
    const program = await run('payhook', bench.server, {
      environment: { SMTP_URL: post.url, ALERT_SETTLE_SECONDS: '0' },
    });
    const connection = await Connection.open(program.url);
    const events = eventsOf(count + 5, { says: 'failed' });
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
        target: { is: 'at most', value: 20 },
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

/** A mail server that notes when a mail was there whole. */
async function startPostOffice() {
  let told: (at: number) => void = () => undefined;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, _session, done) {
      stream.resume();
      stream.on('end', () => {
        told(performance.now());
        done();
      });
    },
  });
  const listening = once(server.listen(0, '127.0.0.1'), 'listening');
  await listening;
  const close = atEnd(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return {
    url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`,
    next: () => new Promise<number>((resolve) => (told = resolve)),
    close,
  };
}
