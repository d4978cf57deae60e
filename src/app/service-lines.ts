import type { Env } from '../platform/config/env.js';
import { LogLine } from '../platform/logging/log-line.js';

/**
 * The log line of a start: versions, the gateways with an account, and the database. For reading the log of an
 * incident.
 */
export function startLine(env: Env, version: string, url: string): LogLine {
  return new LogLine('Payhook has started', {
    version,
    node: process.versions.node,
    role: env.role,
    workers: env.workers,
    production: env.production,
    gateways: [...env.gateways].flatMap(([gateway, accounts]) =>
      [...accounts.keys()].map((account) => `${gateway}/${account}`),
    ),
    database: describeDatabase(env.databaseUrl),
    url,
  });
}

/** The log line of a stop. `why` is the signal, undefined where there was none. */
export const stopLine = (why: string | undefined): LogLine =>
  new LogLine('Payhook has stopped', {
    signal: why,
    node: process.versions.node,
    seconds: Math.round(process.uptime()),
  });

/** Host, port and database name, without user and password. */
function describeDatabase(url: string | null): string {
  if (url === null) return 'embedded';
  if (!URL.canParse(url)) return 'not a URL';
  const { hostname, port, pathname, searchParams } = new URL(url);
  return `${hostname || (searchParams.get('host') ?? 'localhost')}${port && `:${port}`}${pathname}`;
}
