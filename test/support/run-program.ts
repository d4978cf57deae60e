import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { bareEnvironment } from '../../src/platform/config/bare-environment.js';
import { SECRETS } from './test-app.js';

export interface Ended {
  code: number | null;
  /** Its lines, without empty ones. */
  lines: string[];
  errors: string;
}

/** Runs one of the built programs as an operator would, with the configuration of a test app on this database. */
export async function runProgram(
  name: 'rebuild' | 'replay' | 'ledger' | 'reconcile' | 'notifications',
  databaseUrl: string,
  args: readonly string[] = [],
  environment: Record<string, string> = {},
): Promise<Ended> {
  const program = fileURLToPath(new URL(`../../dist/cli/${name}.js`, import.meta.url));
  const child = spawn(process.execPath, [program, ...args], {
    cwd: tmpdir(),
    env: {
      ...bareEnvironment(),
      NODE_ENV: 'test',
      DATABASE_URL: databaseUrl,
      ...Object.fromEntries(
        Object.entries(SECRETS).map(([gateway, secret]) => [
          `WEBHOOK_SECRETS_${gateway.toUpperCase()}`,
          secret,
        ]),
      ),
      ...environment,
    },
  });
  let out = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, lines: out.split('\n').filter((line) => line !== ''), errors };
}
