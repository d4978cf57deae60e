import { describe, expect, it, jest } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

jest.setTimeout(180_000);

const PROGRAM = fileURLToPath(new URL('../../dist-tools/tools/fuzz/main.js', import.meta.url));

describe('the service as it ships', () => {
  it('answers 2,000 hostile requests, takes no forgery, fails at none, and leaves nothing dead', async () => {
    const fuzz = spawn(process.execPath, [PROGRAM, '--requests', '2000', '--seed', '20261124'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said: string[] = [];
    for (const stream of [fuzz.stdout, fuzz.stderr])
      stream.on('data', (text: Buffer) => said.push(String(text)));
    const [code] = (await once(fuzz, 'close')) as [number | null];
    // What it said is shown when it is not what it should be.
    expect({ code, said: said.join('') }).toEqual({
      code: 0,
      said: expect.stringContaining('As it should be.'),
    });
  });
});
