import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { bareEnvironment } from '../../src/platform/config/bare-environment.js';
import { startBuiltService, type BuiltService } from '../support/built-service.js';
import { success } from '../support/requests.js';
import { isRunning } from '../support/running.js';
import { halfOfARequest, slowSender } from '../support/slow-sender.js';
import { API_KEY, SECRETS, startTestApp, until } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());

const environment = (more: Record<string, string> = {}): Record<string, string> => ({
  DATABASE_URL: database.url,
  WEBHOOK_SECRETS_RAZORPAY: SECRETS.razorpay,
  ...more,
});

/** Headers, and of the body all but the last bytes, which come with `rest`. */
function halves(): { begin: string; rest: string } {
  const { path, headers, body } = success('razorpay');
  const head = halfOfARequest(path, headers, body.length, 0);
  const text = body.toString('latin1');
  return { begin: head + text.slice(0, 10), rest: text.slice(10) };
}

describe('connections', () => {
  it.each([
    ['75 seconds', undefined, 75_000],
    ['what KEEP_ALIVE_SECONDS says', '7', 7_000],
  ])('are kept open after an answer for %s', async (_what, seconds, expected) => {
    const more: Record<string, string> = seconds === undefined ? {} : { KEEP_ALIVE_SECONDS: seconds };
    const app = await startTestApp({ databaseUrl: database.url, environment: more });
    const answer = await fetch(`${app.url}/health/live`);
    expect(answer.headers.get('keep-alive')).toBe(`timeout=${expected / 1000}`);
    expect(app.app.getHttpServer().keepAliveTimeout).toBe(expected);
    await app.close();
  });
});

// Starts of several processes take their time on a busy machine.
describe.each(['1', '2'])('a service of %s processes that is told to end', (workers) => {
  const start = (more: Record<string, string>): Promise<BuiltService> =>
    startBuiltService(environment({ WORKERS: workers, REQUEST_TIMEOUT_SECONDS: '3600', ...more }));

  it('closes each connection with its answer, and ends', async () => {
    const service = await start({});
    const { begin, rest } = halves();
    const sender = await slowSender(service.url, begin);
    const healthy = await slowSender(service.url, 'GET /health/live HTTP/1.1\r\nhost: service\r\n\r\n');
    await until(() => healthy.heard().includes('200 OK'), 'an answer');
    expect(healthy.heard()).toMatch(/\r\nconnection: keep-alive/i);
    const ended = service.stop();
    // It has closed what was idle: it is ending.
    await until(() => healthy.cutOff(), 'the idle connection to be closed');
    sender.say(rest);
    await until(() => sender.cutOff(), 'the answer and the end of the connection');
    expect(sender.heard()).toMatch(/^HTTP\/1\.1 200 /);
    expect(sender.heard()).toMatch(/\r\nconnection: close/i);
    await ended;
  });

  it('waits for a sender that does not finish only so long', async () => {
    const service = await start({ SHUTDOWN_SECONDS: '1' });
    const sender = await slowSender(service.url, halves().begin);
    const served = await fetch(`${service.url}/health/live`);
    expect(served.status).toBe(200);
    await service.stop();
    await until(() => sender.cutOff(), 'the sender to be cut off');
    expect(sender.heard()).toBe('');
  });

  it('does so where only the shell of `npm start` is told', async () => {
    const { scripts } = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8')) as {
      scripts: { start: string };
    };
    const shell = spawn('sh', ['-c', scripts.start], {
      cwd: ROOT,
      env: {
        ...bareEnvironment(),
        ...environment({ NODE_ENV: 'test', PORT: '0', WORKERS: workers, API_KEYS: `ops:${API_KEY}` }),
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines: string[] = [];
    createInterface(shell.stdout).on('line', (line) => lines.push(line));
    const url = await until(
      () => lines.map((line) => /listening on (\S+)$/.exec(line)?.[1]).find(Boolean),
      'the service to listen',
      60_000,
    );
    const ended = once(shell, 'exit');
    shell.kill('SIGTERM');
    await ended;
    expect(isRunning(shell.pid ?? 0)).toBe(false);
    await expect(fetch(`${url}/health/live`)).rejects.toThrow();
  });
});
