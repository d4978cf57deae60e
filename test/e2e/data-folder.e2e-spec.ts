import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  chmod,
  chown,
  lchown,
  mkdir,
  mkdtemp,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSandbox } from '../../src/platform/config/sandbox.js';
import { startEmbeddedPostgres } from '../../src/platform/database/embedded/embedded-postgres.js';
import { gateways } from '../../src/webhooks/gateways/index.js';

/** Of nobody; only root can give files to it, and these cases are named as left out where we are not. */
const SOMEBODY = 65534;
const weAreRoot = process.getuid?.() === 0;

let folder: string;
let data: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'payhook-owner-'));
  // For the account that runs the server where we are root.
  await chmod(folder, 0o755);
  data = join(folder, 'data');
  await mkdir(data, { mode: 0o755 });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const faultOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'it was taken',
    (error: Error) => error.message,
  );
const bothRefuse = async (sentence: RegExp): Promise<void> => {
  expect(await faultOf(openSandbox(data, gateways))).toMatch(sentence);
  expect(await faultOf(startEmbeddedPostgres({ dataDir: data, log: () => undefined }))).toMatch(sentence);
};

describe('a data folder', () => {
  it.each([0o777, 0o775, 0o757, 0o1777])('is refused that others can write to (%o)', async (mode) => {
    await chmod(data, mode);
    await bothRefuse(/DATA_DIR must be .* can be written by other users/);
  });

  it('gives no secrets of a file that others can write, or that is a link', async () => {
    await openSandbox(data, gateways);
    const file = join(data, 'sandbox.json');
    await chmod(file, 0o666);
    expect(await faultOf(openSandbox(data, gateways))).toMatch(/sandbox\.json must be the service's own/);
    await rm(file);
    await writeFile(join(folder, 'planted'), await readFile(new URL(import.meta.url)));
    await symlink(join(folder, 'planted'), file);
    expect(await faultOf(openSandbox(data, gateways))).toMatch(
      /sandbox\.json must be the service's own: it is a link/,
    );
  });

  it('is not used to reach what a link in it leads to', async () => {
    const elsewhere = join(folder, 'elsewhere');
    await mkdir(elsewhere, { mode: 0o750 });
    const before = await stat(elsewhere);
    await symlink(elsewhere, join(data, 'socket'));
    const fault = await faultOf(startEmbeddedPostgres({ dataDir: data, log: () => undefined }));
    expect(fault).toMatch(/socket must be a folder, not a link/);
    const { uid, gid, mode } = await stat(elsewhere);
    expect({ uid, gid, mode }).toEqual({ uid: before.uid, gid: before.gid, mode: before.mode });
  });

  if (weAreRoot) {
    it("is refused that is somebody else's, by itself or by the link that leads there", async () => {
      await chown(data, SOMEBODY, SOMEBODY);
      await bothRefuse(/DATA_DIR must be .* belongs to another user/);
      await chown(data, 0, 0);
      const link = join(folder, 'link');
      await symlink(data, link);
      await lchown(link, SOMEBODY, SOMEBODY);
      data = link;
      await bothRefuse(/DATA_DIR must be .* belongs to another user/);
    });

    it("gives no secrets of somebody else's file", async () => {
      await openSandbox(data, gateways);
      await chown(join(data, 'sandbox.json'), SOMEBODY, SOMEBODY);
      expect(await faultOf(openSandbox(data, gateways))).toMatch(/sandbox\.json .* belongs to another user/);
    });
  } else
    process.stdout.write('data-folder: left out are the files of another user, which only root can make\n');
});

describe('the embedded server', () => {
  it('asks the operating system who connects, and takes nobody over the network', async () => {
    const server = await startEmbeddedPostgres({ dataDir: data, log: () => undefined });
    try {
      const rules = await readFile(join(server.home, 'pg_hba.conf'), 'utf8');
      const ofCluster = await readFile(join(server.home, 'postgres', 'pg_hba.conf'), 'utf8');
      for (const text of [rules, ofCluster]) {
        const lines = text.split('\n').filter((line) => /^(?:local|host)/.test(line));
        expect(lines.length).toBeGreaterThan(0);
        expect(lines.filter((line) => /\btrust\b/.test(line))).toEqual([]);
        expect(lines.filter((line) => line.startsWith('host') && !/reject/.test(line))).toEqual([]);
      }
    } finally {
      await server.stop();
      await rm(server.home, { recursive: true, force: true });
    }
  });
});
