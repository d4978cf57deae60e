import { describeError } from './describe-error.js';
import { redacted } from './redactor.js';

/**
 * What a process that dies of a fault says: the error's class and code, and where it was thrown. Never its message,
 * which may quote what it choked on (`Unexpected token … in JSON` quotes the JSON).
 */
export function lastWords(error: unknown): string {
  const frames = error instanceof Error ? framesOf(error) : [];
  return redacted([`ended by a fault: ${describeError(error)}`, ...frames].join('\n'));
}

/** The lines after the message, however many lines that has and whatever they look like. */
function framesOf({ stack = '', message }: Error): string[] {
  const at = stack.indexOf(message);
  const after = at < 0 ? stack : stack.slice(at + message.length);
  return after.split('\n').filter((line) => /^ +at .*:\d+:\d+\)?$/.test(line));
}
