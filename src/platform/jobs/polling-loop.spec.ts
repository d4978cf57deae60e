import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { ReportableError } from '../logging/reportable-error.js';
import { describeError } from '../logging/describe-error.js';
import { PollingLoop } from './polling-loop.js';

const NEVER_BY_ITSELF = 3_600_000;

/** A promise that a test opens. A step can wait for it, and a test can wait for a step. */
function gate(): { opened: Promise<void>; open: () => void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

const loops: PollingLoop[] = [];
function loopOf(step: () => Promise<number>, idleMs = NEVER_BY_ITSELF): PollingLoop {
  const loop = new PollingLoop('TestLoop', step, idleMs);
  loops.push(loop);
  return loop;
}

beforeAll(() => void Logger.overrideLogger(false));
afterAll(() => void Logger.overrideLogger(['error']));
afterEach(async () => {
  for (const loop of loops.splice(0)) await loop.stop();
});

describe('a polling loop', () => {
  it('takes the next step at once while there is work', async () => {
    const done = gate();
    let left = 5;
    loopOf(async () => {
      if (--left === 0) done.open();
      return Math.max(left, 0);
    }).start();
    await done.opened;
    expect(left).toBe(0);
  });

  it('takes the next step after the idle time', async () => {
    const third = gate();
    let steps = 0;
    loopOf(async () => {
      if (++steps === 3) third.open();
      return 0;
    }, 1).start();
    await third.opened;
  });

  it('takes the next step when it is woken, also when it is woken during a step', async () => {
    const [first, second, third] = [gate(), gate(), gate()];
    const held = gate();
    let steps = 0;
    const loop = loopOf(async () => {
      [first, second, third][steps++]?.open();
      if (steps === 1) await held.opened;
      return 0;
    });
    loop.start();
    await first.opened;
    // This step may have polled already, so what arrives now must not wait for the idle time.
    loop.wake();
    held.open();
    await second.opened;
    loop.wake();
    await third.opened;
    expect(steps).toBe(3);
  });

  it('stops when the current step has ended, and not before', async () => {
    const [started, held] = [gate(), gate()];
    let ended = false;
    const loop = loopOf(async () => {
      started.open();
      await held.opened;
      ended = true;
      return 1;
    });
    loop.start();
    await started.opened;
    const stopped = loop.stop().then(() => ended);
    held.open();
    expect(await stopped).toBe(true);
  });

  it('takes no step after it was stopped', async () => {
    let steps = 0;
    const loop = loopOf(async () => ++steps);
    loop.start();
    await loop.stop();
    const then = steps;
    loop.wake();
    await new Promise((resolve) => setImmediate(resolve));
    expect(steps).toBe(then);
  });

  it('runs once however often it is started', async () => {
    const [started, held] = [gate(), gate()];
    let atOnce = 0;
    const loop = loopOf(async () => {
      atOnce++;
      started.open();
      await held.opened;
      return 0;
    });
    loop.start();
    loop.start();
    await started.opened;
    expect(atOnce).toBe(1);
    held.open();
  });

  it('goes on after a step that throws', async () => {
    const second = gate();
    let steps = 0;
    loopOf(async () => {
      if (++steps === 1) throw new Error('the database is away');
      second.open();
      return 0;
    }, 1).start();
    await second.opened;
  });
});

describe('the cause of steps that fail', () => {
  it('is logged once, again when it changes, and again after a step that succeeded', async () => {
    const logged: unknown[] = [];
    Logger.overrideLogger({
      log: () => undefined,
      warn: () => undefined,
      error: (line) => logged.push(line),
    });
    const away = Object.assign(new Error('away'), { code: 'ECONNREFUSED' });
    const standby = Object.assign(new Error('read only'), { code: '25006' });
    const outcomes = [away, away, standby, standby, null, standby];
    const last = gate();
    loopOf(async () => {
      const outcome = outcomes.shift();
      if (outcome === undefined) last.open();
      else if (outcome !== null) throw outcome;
      return 0;
    }, 1).start();
    await last.opened;
    Logger.overrideLogger(false);
    const [refused, readOnly] = ['step failed: Error ECONNREFUSED', 'step failed: Error 25006'];
    expect(logged).toEqual([refused, readOnly, readOnly]);
  });
});

describe('the description of an error', () => {
  it('is its class, code and constraint, and never its message', () => {
    const error = Object.assign(new TypeError('asha@example.com'), {
      code: '23505',
      driverError: { code: '23505', constraint: 'uq_deliveries_key' },
    });
    expect(describeError(error)).toBe('TypeError 23505 uq_deliveries_key');
  });

  it('is its name and its message when it is meant for operators', () => {
    class OutOfStampsError extends ReportableError {}
    expect(describeError(new OutOfStampsError('no stamps are left; buy some'))).toBe(
      'OutOfStampsError: no stamps are left; buy some',
    );
    const cause = Object.assign(new Error('asha@example.com'), { code: 'ECONNRESET' });
    expect(describeError(new OutOfStampsError('no stamps are left', { cause }))).toBe(
      'OutOfStampsError: no stamps are left (Error ECONNRESET)',
    );
  });

  it('names the cause', () => {
    const cause = Object.assign(new Error('asha@example.com'), { code: 'ECONNRESET' });
    expect(describeError(new RangeError('asha@example.com', { cause }))).toBe(
      'RangeError (Error ECONNRESET)',
    );
    expect(describeError('asha@example.com')).toBe('something that is not an error was thrown');
  });
});
