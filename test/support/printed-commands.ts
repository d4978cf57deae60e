import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PROJECT } from '../architecture/planted-copy.js';
import { bareEnvironment } from '../../src/platform/config/bare-environment.js';
import { until } from './test-app.js';

/* Commands of the documentation, run as they are printed. */

/** The fenced blocks of a page in one language, in order. */
export const blocksOf = (page: string, language: string): string[] =>
  [...readFileSync(join(PROJECT, page), 'utf8').matchAll(/^```(\w*)\n([^]*?)^```$/gm)]
    .filter(([, name]) => name === language)
    .map(([, , text = '']) => text.trimEnd());

/** What a bare clone has after `npm ci` and a build, in a folder that has no `.env`. Imports are found in the project. */
export function linkClone(folder: string): void {
  for (const name of ['dist', 'examples']) symlinkSync(join(PROJECT, name), join(folder, name));
}

/** A started command, with the lines that it printed so far. */
export interface Printed {
  readonly lines: readonly string[];
  /** Resolves with the exit code. Rejects with what was printed where it is not 0. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
  /** Resolves with the first line that matches. Rejects with what was printed when the command ends before. */
  line(pattern: RegExp): Promise<RegExpExecArray>;
}

/**
 * Starts a printed command in a linked clone. A script of npm is started by its text in `package.json`, less the build:
 * other tests run from what is built.
 */
export function startPrinted(
  printed: string,
  folder: string,
  environment: Record<string, string> = {},
): Printed {
  const [command = ''] = printed.split(/\s+#/);
  const [, variables = '', rest = ''] = /^((?:[A-Z_]+=\S+ +)*)(.+)$/.exec(command) ?? [];
  const given = Object.fromEntries(
    [...variables.matchAll(/([A-Z_]+)=(\S+)/g)].map(([, name, value]) => [name, value]),
  );
  const { cwd, text } = scriptOf(rest, folder);
  return toPrinted(
    spawn('sh', ['-c', text], {
      cwd,
      env: { ...bareEnvironment(), ...environment, ...given },
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );
}

/** Starts a program that a page prints, as `node <file>` would. */
export const startProgram = (code: string, folder: string, environment: Record<string, string>): Printed =>
  toPrinted(
    spawn(process.execPath, ['--input-type=module', '--eval', code], {
      cwd: folder,
      env: { ...bareEnvironment(), ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );

function scriptOf(command: string, folder: string): { cwd: string; text: string } {
  const [, name = '', prefix = '.', given = ''] =
    /^npm (?:run )?([\w:-]+)(?: --prefix (\S+))?(?: -- (.*))?$/.exec(command) ?? [];
  const packageFile = join(PROJECT, prefix, 'package.json');
  const { scripts } = JSON.parse(readFileSync(packageFile, 'utf8')) as { scripts: Record<string, string> };
  const script = scripts[name];
  if (script === undefined) throw new Error(`no script of npm: ${command}`);
  const cwd = join(folder, prefix);
  if (!existsSync(cwd)) throw new Error(`not in the clone: ${prefix}`);
  return { cwd, text: `${script.replace(/^npm run --silent build && /, 'exec ')} ${given}` };
}

function toPrinted(child: ChildProcess): Printed {
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    if (stream) createInterface(stream).on('line', (line) => lines.push(line));
  let hasEnded = false;
  const exit = once(child, 'close').then(([code]) => {
    hasEnded = true;
    return code as number | null;
  });
  const failed = () => new Error(`it ended:\n${lines.join('\n')}`);
  const stop = async (): Promise<void> => {
    if (!hasEnded) child.kill('SIGTERM');
    await exit;
  };
  return {
    lines,
    stop,
    get ended() {
      return exit.then((code) => {
        if (code !== 0) throw failed();
      });
    },
    line: async (pattern) => {
      const find = () => lines.map((line) => pattern.exec(line)).find((found) => found !== null);
      const found = await until(() => find() ?? (hasEnded && failed()), String(pattern), 60_000);
      if (found instanceof Error) throw found;
      return found as RegExpExecArray;
    },
  };
}
