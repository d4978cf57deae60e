import { ReportableError } from './reportable-error.js';

/** How classes, codes and constraints are spelled. Any other text may be data, and is left out. */
const SAFE_NAME = /^(?:[A-Za-z][\w.-]{0,63}|[0-9A-Z]{5})$/;

/**
 * What an operator reads about an error, in logs and in tables. A {@link ReportableError} is described by its name and
 * its message. Every other error is described by class, code and constraint, because its message may quote data. The
 * cause follows in parentheses, and so do causes of causes up to {@link MAX_CAUSES}: an error may be its own cause.
 */
export const describeError = (error: unknown): string => describeWith(error, MAX_CAUSES);

const MAX_CAUSES = 5;

function describeWith(error: unknown, causes: number): string {
  if (!(error instanceof Error)) return 'something that is not an error was thrown';
  const cause =
    causes > 0 && error.cause instanceof Error ? ` (${describeWith(error.cause, causes - 1)})` : '';
  if (error instanceof ReportableError) return `${error.name}: ${error.message}${cause}`;
  const driver = (error as { driverError?: { code?: unknown; constraint?: unknown } }).driverError;
  const code = (error as { code?: unknown }).code ?? driver?.code;
  const constraint = driver?.constraint;
  const parts = [error.constructor.name, code, constraint].filter(
    (part) => typeof part === 'string' && SAFE_NAME.test(part),
  );
  return (parts.join(' ') || 'an error without a name') + cause;
}
