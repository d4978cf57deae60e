import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Env } from '../config/env.js';
import { ProcessRole } from '../config/process-role.js';
import { applyServerLimits } from './server-limits.js';

const RETRY_AFTER_SECONDS = '5';

const LIVE_RESPONSE = { status: 200, type: 'application/json', body: { status: 'up' } } as const;
const NOT_STORED_RESPONSE = {
  status: 503,
  type: 'application/problem+json',
  body: { type: '/problems/not-stored', title: 'The database is away: send it again', status: 503 },
} as const;
const UNAVAILABLE_RESPONSE = {
  status: 503,
  type: 'application/problem+json',
  body: { type: '/problems/database-unavailable', title: 'The database cannot be reached now', status: 503 },
} as const;
const UNKNOWN_PATH_RESPONSE = {
  status: 404,
  type: 'application/problem+json',
  body: { type: 'about:blank', title: 'Not Found', status: 404 },
} as const;

/**
 * Listens instead of the application while the database is unavailable at the start. It answers `/health/live` with
 * 200, so that an orchestrator does not restart the service, and everything else with 503 and `Retry-After`, so that
 * gateways send again. A worker's unknown paths are 404 as they will be later.
 */
export class WaitingServer {
  private server: Server | null = null;

  constructor(private readonly env: Pick<Env, 'host' | 'port' | 'limits' | 'role'>) {}

  /** The URL it listens at; null while it does not listen. */
  get url(): string | null {
    const at = this.server?.address() as AddressInfo | null | undefined;
    if (!at) return null;
    return `http://${at.family === 'IPv6' ? `[${at.address}]` : at.address}:${at.port}`;
  }

  /** The port it listens at, which the application takes over; null while it does not listen. */
  get port(): number | null {
    return this.server === null ? null : (this.server.address() as AddressInfo).port;
  }

  /** Starts to listen and returns the URL. @throws as `listen` does. */
  async open(): Promise<string> {
    const role = new ProcessRole(this.env.role);
    const server = createServer((request, response) => respond(request, response, role));
    applyServerLimits(server, this.env.limits);
    server.listen(this.env.port, this.env.host);
    await once(server, 'listening');
    this.server = server;
    return this.url ?? '';
  }

  /** Stops listening and closes all connections. Every request was answered at once, so none is unfinished. */
  async close(): Promise<void> {
    const server = this.server;
    if (server === null) return;
    this.server = null;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }
}

function respond(request: IncomingMessage, response: ServerResponse, role: ProcessRole): void {
  // The body is read and discarded: a sender that is still sending would not see the response if we closed first.
  request.resume();
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  const fixed = responseTo(path, role);
  const body = JSON.stringify(fixed.body);
  response.writeHead(fixed.status, {
    'Content-Type': `${fixed.type}; charset=utf-8`,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    Connection: 'close',
    ...(fixed.status === 503 && { 'Retry-After': RETRY_AFTER_SECONDS }),
  });
  response.end(body);
}

function responseTo(path: string, role: ProcessRole) {
  if (path === '/health/live') return LIVE_RESPONSE;
  if (path === '/health/ready') return notReadyResponse(role);
  if (role.receives) return NOT_STORED_RESPONSE;
  return path === '/metrics' ? UNAVAILABLE_RESPONSE : UNKNOWN_PATH_RESPONSE;
}

const notReadyResponse = ({ receives, works }: ProcessRole) =>
  ({
    status: 503,
    type: 'application/problem+json',
    body: {
      type: '/problems/not-ready',
      title: 'Not ready',
      status: 503,
      checks: {
        database: 'down',
        migrations: 'down',
        ...(receives && { storage: 'down' }),
        ...(works && { worker: 'down' }),
      },
    },
  }) as const;
