import { describeError } from './describe-error.js';
import { redact } from './redactor.js';

/**
 * Returns the log text for an error that ends the process: class, code and stack frames. It never contains the message,
 * which may quote data (`Unexpected token … in JSON` quotes the JSON).
 */
export function describeFatalError(error: unknown): string {
  const frames = error instanceof Error ? stackFrames(error) : [];
  return redact([`ended by a fault: ${describeError(error)}`, ...frames].join('\n'));
}

/** The stack frames. The message comes first in a stack and may have any number of lines, so it is skipped. */
function stackFrames({ stack = '', message }: Error): string[] {
  const at = stack.indexOf(message);
  const after = at < 0 ? stack : stack.slice(at + message.length);
  return after.split('\n').filter((line) => /^ +at .*:\d+:\d+\)?$/.test(line));
}
