import { existsSync } from 'node:fs';

const built = new URL('../../dist/platform/database/embedded/throwaway-postgres.js', import.meta.url);

/**
 * Starts one PostgreSQL for the whole run and tells the workers where it is. Tests of what a crash leaves have servers of
 * their own, for which commits are on disk. Jest loads this file outside of its own
 * module system, where TypeScript sources cannot import each other: so it takes the built starter.
 */
export default async function globalSetup() {
  if (!existsSync(built)) throw new Error('Run `npm run build` first (`npm test` does it by itself).');
  const { startThrowawayPostgres } = await import(built.href);
  const server = await startThrowawayPostgres(() => undefined, { isDurable: false });
  process.env.PAYHOOK_TEST_POSTGRES = server.url;
  globalThis.payhookTestPostgres = server;
}
