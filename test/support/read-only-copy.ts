import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { succeedsAs, type ServerAccount } from '../../src/platform/database/embedded/server-account.js';

const PROJECT = resolve(import.meta.dirname, '../..');

/**
 * What a container image holds, in a folder that nobody may write to: `dist` and `package.json`, and the packages. The
 * packages and Node itself are those of the project where `account` can reach them, else copies.
 */
export class ReadOnlyCopy {
  private readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'payhook-image-')));
  private readonly marker = join(this.root, 'made');
  readonly folder = join(this.root, 'app');
  /** For the service to write to. */
  readonly data = join(this.root, 'data');
  readonly node = join(this.root, 'node');

  private constructor() {}

  static async for(account: ServerAccount): Promise<ReadOnlyCopy> {
    const copy = new ReadOnlyCopy();
    mkdirSync(copy.folder);
    mkdirSync(copy.data);
    const own = ['dist', 'package.json'].map((name) => join(PROJECT, name));
    execFileSync('cp', ['-R', ...own, copy.folder]);
    await copy.borrow(account, realpathSync(process.execPath), copy.node, 'test -x "$1"');
    await copy.borrow(
      account,
      join(PROJECT, 'node_modules'),
      join(copy.folder, 'node_modules'),
      'ls "$1"/*/',
    );
    execFileSync('chmod', ['-R', 'a+rX,a-w', copy.folder]);
    execFileSync('chmod', ['755', copy.root]);
    writeFileSync(copy.marker, '');
    return copy;
  }

  /** What was written to it since it was made, by whoever could: an ordinary user may own the packages. */
  written(): string[] {
    const found = execFileSync('find', ['-L', this.folder, '-newer', this.marker], { encoding: 'utf8' });
    return found.split('\n').filter((path) => path !== '');
  }

  remove(): void {
    execFileSync('chmod', ['-R', 'u+w', this.folder]);
    rmSync(this.root, { recursive: true, force: true });
  }

  private async borrow(account: ServerAccount, from: string, to: string, reach: string): Promise<void> {
    if (await succeedsAs(account, reach, from)) symlinkSync(from, to);
    else execFileSync('cp', ['-R', from, to]);
  }
}
