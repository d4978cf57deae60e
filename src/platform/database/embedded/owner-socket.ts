import { rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';

/**
 * The process that owns a server listens on a second socket next to that of the database. The kernel closes it when the
 * process ends for any reason, so unlike a process id on disk it never refers to an owner that has ended.
 */
export async function announceOwner(socketFolder: string): Promise<{ withdraw(): Promise<void> }> {
  const path = join(socketFolder, 'owner');
  await rm(path, { force: true });
  const server = createServer((visitor) => visitor.destroy());
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve));
  server.unref();
  return { withdraw: () => new Promise((resolve) => server.close(() => resolve())) };
}

export function isOwnerAlive(socketFolder: string): Promise<boolean> {
  return new Promise((resolve) => {
    const visit = connect(join(socketFolder, 'owner'));
    visit.once('connect', () => resolve(true)).once('error', () => resolve(false));
    visit.once('close', () => resolve(false));
    visit.once('connect', () => visit.destroy());
  });
}
