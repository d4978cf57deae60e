import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import {
  changeOwner,
  serverAccount,
  succeedsAs,
  type ServerAccount,
} from '../../src/platform/database/embedded/server-account.js';
import { ReadOnlyCopy } from '../support/read-only-copy.js';
import { signed, standardBody } from '../support/requests.js';
import { API_KEY, SECRETS, until, type Json } from '../support/test-app.js';

/** As in its container: an ordinary user, nothing to write to but the data folder, production. */
describe('the service as an ordinary user, in a folder that it cannot write to', () => {
  let copy: ReadOnlyCopy;
  let account: ServerAccount;
  let service: ChildProcess;
  let url: string;
  let said = '';

  beforeAll(async () => {
    // Whoever runs the tests; where that is root, somebody without rights.
    account = await serverAccount(null);
    copy = await ReadOnlyCopy.for(account);
    await changeOwner(account, copy.data);
    service = spawn(copy.node, ['dist/main.js'], {
      ...account.identity,
      cwd: copy.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: '/usr/local/bin:/usr/bin:/bin',
        HOME: '/nonexistent',
        NODE_ENV: 'production',
        PORT: '0',
        ALLOW_EMBEDDED: '1',
        DATA_DIR: copy.data,
        API_KEYS: `ops:${API_KEY}`,
        WEBHOOK_SECRETS_STANDARD: SECRETS.standard,
      },
    });
    service.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    url = await new Promise((resolve, reject) => {
      createInterface({ input: service.stdout as NodeJS.ReadableStream }).on('line', (line) => {
        said += `${line}\n`;
        const heard = /^Payhook is listening on (\S+)$/.exec(line)?.[1];
        if (heard !== undefined) resolve(heard);
      });
      service.once('exit', () => reject(new Error(`ended while it started: ${said}`)));
    });
  });
  afterAll(async () => {
    if (service.exitCode === null && service.signalCode === null) {
      service.kill('SIGKILL');
      await once(service, 'exit');
    }
    copy.remove();
  });

  it('really cannot write there, and is nobody special', async () => {
    for (const path of ['planted', 'dist/planted', 'dist/main.js'])
      expect(await succeedsAs(account, ': >> "$1"', join(copy.folder, path))).toBe(false);
    expect(statSync(join(copy.data, 'postgres')).uid).not.toBe(0);
  });

  it('takes a webhook to its payment', async () => {
    const body = standardBody();
    const request = signed('standard', body);
    const answer = await fetch(url + request.path, {
      method: 'POST',
      headers: request.headers,
      body: new Uint8Array(request.body),
    });
    expect(await answer.json()).toMatchObject({ status: 'accepted' });
    const headers = { authorization: `Bearer ${API_KEY}` };
    const payment = await until(async () => {
      const found = await fetch(`${url}/payments?gatewayPaymentId=${body.data.paymentId}`, { headers });
      return ((await found.json()) as Json).items[0];
    }, 'the payment');
    expect(payment).toMatchObject({ status: 'succeeded' });
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
  });

  it('ends in peace when told to, and leaves what it wrote in its data folder alone', async () => {
    service.kill('SIGTERM');
    expect(await once(service, 'exit')).toEqual([null, 'SIGTERM']);
    expect(copy.written()).toEqual([]);
    const cluster = readdirSync(join(copy.data, 'postgres'));
    expect(cluster).toContain('PG_VERSION');
    // Its server was stopped, and did not only lose its owner.
    expect(cluster).not.toContain('postmaster.pid');
  });
});
