import { eventsOf, type Measure } from '../bench.js';
import { Connection, onTheWire } from '../load/connection.js';
import { type Events, signedEvent } from '../load/events.js';
import { sendingTo, startMailSink } from '../load/mail-sink.js';
import { run } from '../programs/programs.js';

const FAILURES = 50;
const QUICK_FAILURES = 9;

/** From a failed payment's POST until the mail is in the hands of the mail server, nothing else going on. */
export const alert: Measure = {
  name: 'alert',
  asks: 'how long from a failure to the mail, on an idle service (7)',
  async run(bench) {
    const count = bench.quick ? QUICK_FAILURES : FAILURES;
    const sink = await startMailSink();
    const program = await run('payhook', bench.server, { environment: sendingTo(sink) });
    const connection = await Connection.open(program.url);
    const events = eventsOf(count + 5, { failing: 100 });
    const answers: number[] = [];
    const mails: number[] = [];
    for (let nth = 0; nth < events.count; nth++) {
      const mail = sink.next();
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
    await sink.close();
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
  const at = performance.timeOrigin + performance.now();
  const status = await connection.send(request);
  if (status !== 200) throw new Error(`the failure was answered with ${status}`);
  return { at, answeredAfter: performance.timeOrigin + performance.now() - at };
}
