import { ConfigurationError } from '../platform/config/configuration.errors.js';
import {
  EmbeddedPostgresFailed,
  EmbeddedPostgresUnavailable,
} from '../platform/database/embedded/embedded-postgres.errors.js';
import { DatabaseUnavailableError, UnsuitableDatabase } from '../platform/database/database.errors.js';
import { WiringError } from '../platform/events/handler-registry.js';
import { errorCode } from '../platform/config/system-error.js';
import { redacted } from '../platform/logging/redactor.js';
import { WorkersFailed } from './cluster/cluster.errors.js';

/** Faults whose message is written for the person who starts the service. */
const TOLD_IN_A_SENTENCE = [
  ConfigurationError,
  EmbeddedPostgresUnavailable,
  EmbeddedPostgresFailed,
  DatabaseUnavailableError,
  UnsuitableDatabase,
  WiringError,
  WorkersFailed,
];

/**
 * Why a program stopped, for whoever started it. A stack is for faults that nobody foresaw. At the start there is no
 * payload to quote, but there are secrets.
 */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return redacted(String(error));
  if (TOLD_IN_A_SENTENCE.some((type) => error instanceof type)) return redacted(error.message);
  return redacted(unusableAddress(error) ?? error.stack ?? error.message);
}

/** `bind` is what a worker calls it. Null for any other fault. */
function unusableAddress(error: Error): string | null {
  const { syscall, address, port } = error as { syscall?: string; address?: string; port?: number };
  if (syscall !== 'listen' && syscall !== 'bind') return null;
  const why = errorCode(error) === 'EADDRINUSE' ? 'another program does' : errorCode(error);
  return `Payhook cannot listen on ${address} port ${port} (${why}): set HOST and PORT.`;
}
