import { describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFile, chown, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { administer } from '../support/administrator.js';
import { ask, deliver, freshId, signed, standardBody } from '../support/requests.js';
import { startTestApp, until } from '../support/test-app.js';
import { createTestDatabase } from '../support/test-database.js';

/** A file system of its own, so small that a test can fill it; null where we may not mount one. */
async function smallDisk(): Promise<string | null> {
  const folder = await mkdtemp(join(tmpdir(), 'payhook-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=40m', 'tmpfs', folder], { stdio: 'ignore' });
    return folder;
  } catch {
    await rm(folder, { recursive: true });
    return null;
  }
}

/** Bytes that nothing makes smaller: such a message needs new pages. */
const large = () =>
  signed(
    'standard',
    standardBody(
      { customer: { id: randomBytes(60_000).toString('base64').slice(0, 200) } },
      {
        padding: randomBytes(150_000).toString('base64'),
      },
    ),
  );

const disk = await smallDisk();

describe('a disk that is full', () => {
  if (disk === null) {
    process.stdout.write(
      'full-disk: LEFT OUT on a real file system, as none can be mounted here (root can)\n',
    );
    it('is left out: no file system can be mounted (readiness has a server that answers 53100)', () => {
      expect(disk).toBeNull();
    });
    return;
  }

  it('is told by readiness, with no acknowledgement, until there is room again', async () => {
    const original = await createTestDatabase();
    const socket = new URL(original.url).searchParams.get('host') ?? '';
    const { uid, gid } = await stat(socket);
    const place = join(disk, 'tables');
    await mkdir(place);
    await chown(place, uid, gid);
    const name = freshId('small').toLowerCase();
    const url = new URL(original.url);
    url.pathname = `/${name}`;
    await administer(
      original.url,
      `CREATE TABLESPACE ${name} LOCATION '${place}'`,
      `CREATE DATABASE ${name} TABLESPACE ${name} TEMPLATE template0 ENCODING 'UTF8'`,
    );
    const app = await startTestApp({ databaseUrl: url.href });
    const ready = async (): Promise<number> => (await ask(app, '/health/ready', {}, null)).status;
    try {
      await until(async () => (await ready()) === 200, 'the service to be ready');
      const filler = join(disk, 'filler');
      const piece = Buffer.alloc(64 * 1024);
      await expect(
        (async () => {
          for (;;) await appendFile(filler, piece);
        })(),
      ).rejects.toMatchObject({ code: 'ENOSPC' });

      const heard = await until(async () => {
        const answer = await deliver(app, large());
        return answer.status === 200 ? null : answer;
      }, 'a message to be refused');
      expect(heard).toMatchObject({ status: 503, json: { type: '/problems/not-stored' } });
      expect(await ready()).toBe(503);

      await rm(filler);
      await until(async () => (await ready()) === 200, 'the service to be ready again');
      expect((await deliver(app, large())).status).toBe(200);
    } finally {
      await app.close();
      await administer(original.url, `DROP DATABASE ${name} WITH (FORCE)`, `DROP TABLESPACE ${name}`);
      await original.drop();
      execFileSync('umount', [disk]);
      await rm(disk, { recursive: true, force: true });
    }
  });
});
