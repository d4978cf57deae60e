import { ConfigurationError } from '../platform/config/configuration.errors.js';
import {
  EmbeddedPostgresError,
  EmbeddedPostgresUnavailableError,
} from '../platform/database/embedded/embedded-postgres.errors.js';
import { DatabaseUnavailableError, UnsupportedDatabaseError } from '../platform/database/database.errors.js';
import { WiringError } from '../platform/events/handler-registry.js';
import { systemErrorCode } from '../platform/config/system-error.js';
import { redact } from '../platform/logging/redactor.js';
import { WorkerStartError } from './cluster/cluster.errors.js';

/** Errors whose message is a sentence for the person who starts the service. */
const OPERATOR_ERRORS = [
  ConfigurationError,
  EmbeddedPostgresUnavailableError,
  EmbeddedPostgresError,
  DatabaseUnavailableError,
  UnsupportedDatabaseError,
  WiringError,
  WorkerStartError,
];

/**
 * Returns the text that a program prints when it cannot start: a sentence for the errors we know, a stack for all
 * others. Secrets are masked. There is no payload at this point that a message could quote.
 */
export function startupErrorMessage(error: unknown): string {
  if (!(error instanceof Error)) return redact(String(error));
  if (OPERATOR_ERRORS.some((type) => error instanceof type)) return redact(error.message);
  return redact(listenErrorMessage(error) ?? error.stack ?? error.message);
}

/** A sentence for a failed `listen`, which is `bind` in a worker. Null for every other error. */
function listenErrorMessage(error: Error): string | null {
  const { syscall, address, port } = error as { syscall?: string; address?: string; port?: number };
  if (syscall !== 'listen' && syscall !== 'bind') return null;
  const why = systemErrorCode(error) === 'EADDRINUSE' ? 'another program does' : systemErrorCode(error);
  return `Payhook cannot listen on ${address} port ${port} (${why}): set HOST and PORT.`;
}
