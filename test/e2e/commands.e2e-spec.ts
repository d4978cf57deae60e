import { describe, expect, it } from '@jest/globals';
import { runProgram } from '../support/run-program.js';

/** Nothing listens there: a command that looks at its arguments too late says so. */
const NOWHERE = 'postgres://payhook@127.0.0.1:1/none';

describe('a command whose arguments are wrong', () => {
  it.each([
    ['ledger', ['--chek'], /^Unknown option '--chek'\.\n$/],
    ['ledger', ['--check=yes'], /^Option '--check' does not take an argument\.\n$/],
    ['rebuild', ['--chek'], /^Unknown option '--chek'\.\n$/],
    ['rebuild', ['check'], /^Unexpected argument 'check'\.\n$/],
    ['replay', ['--dryrun'], /^Unknown option '--dryrun'\.\n$/],
    ['replay', ['--status', 'paid'], /^npm run replay -- .+\n$/],
    ['replay', ['--type'], /^Option '--type <value>' argument missing\.\n$/],
    ['replay', ['--type', '--dry-run'], /^Option '--type' argument is ambiguous\.\n$/],
    ['notifications', ['--status', 'sent'], /^npm run notifications -- .+\n$/],
    ['reconcile', ['--sinc', '7d'], /^Unknown option '--sinc'\.\n$/],
    ['reconcile', [], /^npm run reconcile -- .+\n$/],
    ['reconcile', ['--gateway', 'stripe', '--since', 'monday'], /^[^\n]+\n$/],
  ] as const)('%s %j ends with 2 and one sentence', async (name, args, sentence) => {
    const { code, lines, errors } = await runProgram(name, NOWHERE, args);
    expect({ code, lines }).toEqual({ code: 2, lines: [] });
    expect(errors).toMatch(sentence);
  });
});
