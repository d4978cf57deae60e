import { describeError } from './describe-error.js';
import { redact } from './redactor.js';

/**
 * What a process that dies of a fault says: the error's class and code, and where it was thrown. Never its message,
 * which may quote what it choked on (`Unexpected token … in JSON` quotes the JSON).
 */
export function describeFatalError(error: unknown): string {
  const frames = error instanceof Error ? stackFrames(error) : [];
  return redact([`ended by a fault: ${describeError(error)}`, ...frames].join('\n'));
}

/** The lines after the message, however many lines that has and whatever they look like. */
function stackFrames({ stack = '', message }: Error): string[] {
  const at = stack.indexOf(message);
  const after = at < 0 ? stack : stack.slice(at + message.length);
  return after.split('\n').filter((line) => /^ +at .*:\d+:\d+\)?$/.test(line));
}
