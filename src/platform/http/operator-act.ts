import { createParamDecorator, type ExecutionContext, Logger } from '@nestjs/common';
import type { Request } from 'express';
import { type LogFields, LogLine } from '../logging/log-line.js';

const logger = new Logger('Operator');
const keyNames = new WeakMap<Request, string>();

/** Called by the guard once the key is known to be valid. */
export const rememberKeyName = (request: Request, name: string): void => void keyNames.set(request, name);

/** The name of the API key that a request was let in with, as `API_KEYS` has it. */
export const KeyName = createParamDecorator(
  (_data: unknown, context: ExecutionContext) =>
    keyNames.get(context.switchToHttp().getRequest<Request>()) ?? 'unknown',
);

/** What operators do to what is stored. Looking is no act, and neither is a dry run. */
export type OperatorAction =
  'replay' | 'replay_all' | 'erase' | 'resend' | 'handler_replay' | 'handler_replay_all';

/**
 * One line for each act: who, what, and what was asked. `asked` holds ids, filters and counts; who was erased is not
 * among them, or the log would remember the person.
 */
export function logOperatorAction(key: string, act: OperatorAction, asked: LogFields): void {
  logger.log(new LogLine(`${act} by ${key}`, { act, key, ...asked }));
}
