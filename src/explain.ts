import { ConfigurationError } from './config/configuration.errors.js';
import {
  EmbeddedPostgresFailed,
  EmbeddedPostgresUnavailable,
} from './database/embedded/embedded-postgres.errors.js';
import { UnsuitableDatabase } from './database/run-migrations.js';
import { WiringError } from './events/index.js';
import { redacted } from './http/redactor.js';

/** Faults whose message is written for the person who starts the service. */
const TOLD_IN_A_SENTENCE = [
  ConfigurationError,
  EmbeddedPostgresUnavailable,
  EmbeddedPostgresFailed,
  UnsuitableDatabase,
  WiringError,
];

/**
 * Why a program stopped, for whoever started it. A stack is for faults that nobody foresaw. At the start there is no
 * payload to quote, but there are secrets.
 */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return redacted(String(error));
  return redacted(
    TOLD_IN_A_SENTENCE.some((type) => error instanceof type) ? error.message : (error.stack ?? error.message),
  );
}
