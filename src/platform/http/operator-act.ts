import { createParamDecorator, type ExecutionContext, Logger } from '@nestjs/common';
import type { Request } from 'express';
import { type LogFields, LogLine } from '../logging/log-line.js';

const logger = new Logger('Operator');
const keyNames = new WeakMap<Request, string>();

/** Called by the guard after it has checked the key. */
export const rememberKeyName = (request: Request, name: string): void => void keyNames.set(request, name);

/** Injects the name of the API key of the request, as `API_KEYS` has it. */
export const KeyName = createParamDecorator(
  (_data: unknown, context: ExecutionContext) =>
    keyNames.get(context.switchToHttp().getRequest<Request>()) ?? 'unknown',
);

/** What operators change in the stored data. Reading is not logged, and neither is a dry run. */
export type OperatorAction =
  | 'replay'
  | 'replay_all'
  | 'erase'
  | 'resend'
  | 'handler_replay'
  | 'handler_replay_all'
  | 'order_cancel'
  | 'order_settle'
  | 'account_hold'
  | 'account_release'
  | 'reconcile'
  | 'subscription_create'
  | 'subscription_change'
  | 'subscription_delete'
  | 'subscription_confirm'
  | 'subscription_rotate'
  | 'subscription_pause'
  | 'subscription_resume'
  | 'subscription_redeliver';

/**
 * Writes one log line for each action: the key, the action and its parameters. `asked` holds ids, filters and counts.
 * It never identifies an erased customer, because the log would keep what was erased.
 */
export function logOperatorAction(key: string, act: OperatorAction, asked: LogFields): void {
  logger.log(new LogLine(`${act} by ${key}`, { act, key, ...asked }));
}
