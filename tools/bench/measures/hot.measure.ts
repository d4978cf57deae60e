import type { Measure } from '../bench.js';
import type { Events } from '../load/events.js';
import { figure } from '../report/figures.js';
import { run } from '../programs/programs.js';
import { endToEnd, warmUp } from './pending.js';

const EVENTS = 1000;

/** A thousand events that all tell of one payment, against as many payments with an event each. */
export const hot: Measure = {
  name: 'hot',
  asks: 'a thousand events of one payment against a thousand payments (9)',
  async run(bench) {
    const count = bench.quick ? EVENTS / 4 : EVENTS;
    const program = await run('payhook', bench.server);
    const rate = async (about: Partial<Events>): Promise<number> =>
      count / (await endToEnd(program, count, about)).secondsToQuiet;
    const many: number[] = [];
    const one: number[] = [];
    const oneSecond: number[] = [];
    await warmUp(program, count);
    for (let round = 1; round <= bench.rounds; round++) {
      many.push(await rate({}));
      one.push(await rate({ about: 'one payment', apart: true }));
      oneSecond.push(await rate({ about: 'one payment' }));
      bench.log(
        `one payment ${figure(one.at(-1) ?? NaN)}/s, all in one second ${figure(oneSecond.at(-1) ?? NaN)}/s, many ${figure(many.at(-1) ?? NaN)}/s`,
      );
    }
    await program.end();
    const reference = { what: `${count} payments`, figures: many };
    const what = `${count} events of one payment, end to end`;
    return [
      { question: 9, what, unit: '/s', figures: one, reference, target: { kind: 'at least', value: 0.5 } },
      { question: 9, what: `${what}, all of the same second`, unit: '/s', figures: oneSecond, reference },
    ];
  },
};
