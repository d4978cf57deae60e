import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from './embedded-postgres.js';
import { type EmbeddedPostgres } from './owned-server.js';

/**
 * Starts a server in a temporary folder, for tests and checks. `stop` removes the folder. With `isDurable: false` commits do
 * not wait for the disk, so a crash of the machine may lose them; by default they wait, as in any embedded server.
 */
export async function startThrowawayPostgres(
  log: (line: string) => void,
  options: { readonly isDurable?: boolean } = {},
): Promise<EmbeddedPostgres> {
  const dataDir = join(tmpdir(), `payhook-${randomUUID()}`);
  const server = await startEmbeddedPostgres({ dataDir, log, ...options });
  return {
    url: server.url,
    get pid() {
      return server.pid;
    },
    home: server.home,
    joined: false,
    restart: () => server.restart(),
    stop: async () => {
      await server.stop();
      await Promise.all([server.home, dataDir].map((path) => rm(path, { recursive: true, force: true })));
    },
  };
}
