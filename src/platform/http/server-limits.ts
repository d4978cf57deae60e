import type { Server } from 'node:http';
import type { Limits } from '../config/env.js';

/**
 * What Node takes as options of `createServer` alone, where Nest passes none on. It reads these properties anew,
 * for each connection and on listening.
 */
interface ServerOptions {
  maxHeaderSize: number;
  connectionsCheckingInterval: number;
}

/**
 * Bounds what a sender can use up before a line of ours runs. To be called before the server listens. Node looks
 * for slow requests every so often: one is cut off (408) at most a second, or half the shorter limit, too late.
 */
export function applyServerLimits(server: Server, limits: Limits): void {
  const headersTimeout = limits.headersTimeoutSeconds * 1000;
  const requestTimeout = limits.requestTimeoutSeconds * 1000;
  server.maxConnections = limits.maxConnections;
  server.maxHeadersCount = limits.maxHeaderCount;
  server.headersTimeout = Math.min(headersTimeout, requestTimeout);
  server.requestTimeout = requestTimeout;
  server.keepAliveTimeout = limits.keepAliveSeconds * 1000;
  const options: ServerOptions = {
    maxHeaderSize: limits.maxHeaderBytes,
    connectionsCheckingInterval: Math.min(1000, Math.min(headersTimeout, requestTimeout) / 2),
  };
  Object.assign(server, options);
}
