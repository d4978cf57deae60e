import { ReportableError } from './reportable-error.js';

/** As classes, codes and constraints are named. What is not may be data under a name it has no right to. */
const NAME = /^(?:[A-Za-z][\w.-]{0,63}|[0-9A-Z]{5})$/;

/**
 * What an operator reads of an error. A {@link ReportableError} is told by name and sentence. Every other error is told
 * by class, code and constraint, and its cause likewise: a message may quote data and stays out of logs and tables.
 */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return 'something that is not an error was thrown';
  const cause = error.cause instanceof Error ? ` (${describeError(error.cause)})` : '';
  if (error instanceof ReportableError) return `${error.constructor.name}: ${error.message}${cause}`;
  const driver = (error as { driverError?: { code?: unknown; constraint?: unknown } }).driverError;
  const code = (error as { code?: unknown }).code ?? driver?.code;
  const constraint = driver?.constraint;
  const parts = [error.constructor.name, code, constraint].filter(
    (part) => typeof part === 'string' && NAME.test(part),
  );
  return (parts.join(' ') || 'an error without a name') + cause;
}
