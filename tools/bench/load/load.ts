import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { onExit } from '../at-end.js';
import type { Order, Outcome } from './orders.js';

type Reply = { outcome: Outcome } | { error: string };

let tags = 0;

/** No two lots of events of a run, nor of two runs, share an id. */
export const newTag = (): string =>
  `${process.pid.toString(36)}${Date.now().toString(36)}${(tags++).toString(36)}`;

/** Has a process of its own send what is ordered; a fresh one each time, so that none carries another's garbage. */
export async function load(order: Order): Promise<Outcome> {
  const child = fork(join(import.meta.dirname, 'generator.js'), { execArgv: ['--max-old-space-size=8192'] });
  const ended = once(child, 'exit');
  const stop = onExit(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  try {
    const reply = once(child, 'message') as Promise<[Reply]>;
    child.send(order);
    const said = await Promise.race([reply.then(([it]) => it), ended.then(() => ({ error: 'it ended' }))]);
    if ('error' in said) throw new Error(`the load generator failed: ${said.error}`);
    return said.outcome;
  } finally {
    void stop(); // its end is no part of what is measured
  }
}
