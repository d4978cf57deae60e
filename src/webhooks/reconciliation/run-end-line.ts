import { LogLine } from '../../platform/logging/log-line.js';
import type { ClaimedRun, RunEnd } from './reconciliation.store.js';

/** The line in the log about a run that ended. */
export function endLine(
  { id, gateway, account, missing, different, same }: ClaimedRun,
  { status, reason }: Omit<RunEnd, 'now'>,
): LogLine {
  const found = missing + different > 0 ? 'found what was never told' : 'found nothing new';
  return new LogLine(`a reconciliation ${status === 'failed' ? 'failed' : found}`, {
    reconciliationId: id,
    gateway,
    account,
    missing,
    different,
    same,
    ...(reason !== undefined && { reason }),
  });
}
