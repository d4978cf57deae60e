import { describe, expect, it } from '@jest/globals';
import { processIn, ticksOfTree } from './usage.js';

/** As Linux writes it, of a command with a blank, a bracket and a line break in its name. */
const STAT =
  '42 (postgres: a) b\nc) S 7 42 42 0 -1 4194560 1 2 3 4 110 22 33 4 20 0 1 0 1000 2000 300 18446744073709551615';

describe('CPU of processes', () => {
  it('reads parent, own time and that of ended children', () => {
    expect(processIn(42, STAT)).toEqual({ pid: 42, parent: 7, own: 132, ended: 37 });
  });

  it('is zero where the process is gone', () => {
    expect(processIn(42, '')).toEqual({ pid: 42, parent: 0, own: 0, ended: 0 });
  });

  it('adds up a process, its descendants and what has ended, and nobody else', () => {
    const root = { pid: 1, parent: 0, own: 1, ended: 2 };
    const all = [
      root,
      { pid: 2, parent: 1, own: 10, ended: 20 },
      { pid: 3, parent: 2, own: 100, ended: 0 },
      { pid: 4, parent: 9, own: 1000, ended: 1000 },
    ];
    expect(ticksOfTree(root, all)).toBe(133);
  });
});
