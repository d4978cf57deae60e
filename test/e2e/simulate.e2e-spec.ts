import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { bareEnvironment } from '../../src/platform/config/bare-environment.js';
import { SECRETS } from '../support/test-app.js';

const PROGRAM = fileURLToPath(new URL('../../dist/cli/simulate.js', import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'payhook-simulate-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** What stands where a service would, and hears what is sent there. */
async function listener() {
  const heard: string[] = [];
  const server = createServer((request, response) => {
    heard.push(`${request.method} ${request.url}`);
    request.resume().on('end', () => response.end('{"status":"accepted"}'));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { heard, port: (server.address() as AddressInfo).port, close: () => server.close() };
}

const simulate = (...args: string[]) =>
  promisify(execFile)(process.execPath, [PROGRAM, ...args], { cwd: folder, env: bareEnvironment() });

describe('simulate', () => {
  it.each(['127.0.0.1', '0.0.0.0', 'localhost'])(
    'sends to where .env has the service listen: %s',
    async (host) => {
      const service = await listener();
      const lines = [`HOST=${host}`, `PORT=${service.port}`, `WEBHOOK_SECRETS_STRIPE=${SECRETS.stripe}`];
      await writeFile(join(folder, '.env'), lines.join('\n'));
      await simulate('stripe', 'success');
      service.close();
      expect(new Set(service.heard)).toEqual(new Set(['POST /webhooks/stripe']));
    },
  );

  it('needs no configuration where it is told the address and the secret', async () => {
    const service = await listener();
    await writeFile(join(folder, '.env'), 'PORT=nonsense');
    const url = `http://127.0.0.1:${service.port}`;
    await simulate('razorpay', 'success', '--secret', SECRETS.razorpay, '--url', url);
    service.close();
    expect(service.heard).not.toEqual([]);
  });
});
