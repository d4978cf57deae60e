import type { Measure } from '../bench.js';
import { run } from '../programs/programs.js';
import { endToEnd, warmUp } from './pending.js';

const EVENTS = 1000;

/** A thousand events that all tell of one payment, against as many payments with an event each. */
export const hot: Measure = {
  name: 'hot',
  asks: 'a thousand events of one payment against a thousand payments (9)',
  async run(bench) {
    const one: number[] = [];
    const many: number[] = [];
    const program = await run('payhook', bench.server);
    await warmUp(program, EVENTS);
    for (let round = 1; round <= bench.rounds; round++) {
      many.push(EVENTS / (await endToEnd(program, EVENTS)).secondsToQuiet);
      one.push(EVENTS / (await endToEnd(program, EVENTS, { about: 'one payment' })).secondsToQuiet);
      bench.say(`one payment ${one.at(-1)?.toFixed(0)}/s, many ${many.at(-1)?.toFixed(0)}/s`);
    }
    await program.end();
    return [
      {
        question: 9,
        what: `${EVENTS} events of one payment, end to end`,
        unit: '/s',
        figures: one,
        reference: { what: `${EVENTS} payments`, figures: many },
        target: { is: 'at least', value: 0.5 },
      },
    ];
  },
};
