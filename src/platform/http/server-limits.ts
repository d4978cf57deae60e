import type { Server } from 'node:http';
import type { Limits } from '../config/env.js';

/**
 * Options that Node accepts only in `createServer`, which Nest calls without options. Node reads these properties of
 * the server again for each connection and on listening.
 */
interface ServerOptions {
  maxHeaderSize: number;
  connectionsCheckingInterval: number;
}

/**
 * Limits what a sender can use before any of our code runs. Must be called before the server listens. Node checks for
 * slow requests at intervals, so a request ends (408) up to 1 s or half the shorter timeout too late.
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
