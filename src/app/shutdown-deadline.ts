import type { JsonLogger } from '../platform/logging/json-logger.js';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const;

/** Ends the process `seconds` after a signal, even if work hangs. Unfinished work has leases and is repeated later. */
export function exitAfterGracePeriod(seconds: number, logger: JsonLogger): void {
  const limit = (): void => {
    setTimeout(() => {
      logger.error(`not ended within ${seconds} s (SHUTDOWN_SECONDS): cutting off what is left`, 'Process');
      process.exit(1);
    }, seconds * 1000).unref();
  };
  for (const signal of SIGNALS) process.once(signal, limit);
}
