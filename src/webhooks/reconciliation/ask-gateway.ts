import { setTimeout as wait } from 'node:timers/promises';
import { describeError } from '../../platform/logging/describe-error.js';
import type { ListOutcome, ListRequest, PaymentQuestion } from '../gateways/gateway.js';
import type { ReconciliationTarget } from './reconciliation-targets.js';

/** One request to a gateway: a page of a list, or of the answer to a question about a payment. */
export type GatewayRequest =
  | { readonly kind: 'list'; readonly list: ListRequest }
  | { readonly kind: 'ask'; readonly question: PaymentQuestion };

export const cursorOf = (request: GatewayRequest): string | null =>
  request.kind === 'list' ? request.list.cursor : request.question.cursor;

/**
 * Makes the request. Never rejects, and ends after `timeoutMs`: the gateway's code may be a plug-in that keeps neither
 * promise.
 */
export async function askGateway(
  { gateway, account: { settings } }: ReconciliationTarget,
  request: GatewayRequest,
  timeoutMs: number,
): Promise<ListOutcome> {
  const ended = new AbortController();
  const timeout = wait(timeoutMs, null, { signal: ended.signal }).then((): ListOutcome => ({
    kind: 'retry',
    reason: `no answer within ${timeoutMs / 1_000} s`,
  }));
  const answer = async (): Promise<ListOutcome> => {
    const outcome =
      request.kind === 'list'
        ? await gateway.list?.(request.list, settings)
        : await gateway.askPayment?.(request.question, settings);
    return outcome ?? { kind: 'final', reason: 'the gateway has no such request' };
  };
  try {
    return await Promise.race([answer(), timeout]);
  } catch (error) {
    return { kind: 'retry', reason: describeError(error) };
  } finally {
    ended.abort();
    await timeout.catch(() => undefined);
  }
}
