import type { EntityManager } from 'typeorm';
import type { GatewayRequest } from './ask-gateway.js';
import type { ReconciliationLimits } from './limits.js';
import { beginPhase, type Position } from './position.js';
import { findNextQuestion } from './questions.js';
import type { ReconciliationTarget } from './reconciliation-targets.js';
import type { ClaimedRun } from './reconciliation.store.js';

/** A request, and the position of the run while it is made. */
export interface NextRequest {
  readonly position: Position;
  readonly request: GatewayRequest;
}

/**
 * The request that follows from the position of a run; phases without a further one are passed over. `done`: there is
 * none, and the next run goes on with the unfinished payments behind this one.
 */
export async function findNextRequest(
  manager: EntityManager,
  run: ClaimedRun,
  { phases }: ReconciliationTarget,
  limits: ReconciliationLimits,
): Promise<NextRequest | { readonly done: string | null }> {
  let position = run.position;
  let askedUntil = run.askedUntil;
  for (;;) {
    const phase = phases[position.phase];
    if (!phase) return { done: askedUntil };
    const { cursor } = position;
    if (phase.kind === 'list') {
      const list = { what: phase.what, since: run.since, until: run.until, cursor };
      return { position, request: { kind: 'list', list } };
    }
    const next = position.asking
      ? { asking: position.asking, position }
      : await findNextQuestion(manager, run, phase.source, position, limits);
    if (next.asking) {
      const { gatewayPaymentId, gatewayOrderId, merchant = null } = next.asking;
      const question = { gatewayPaymentId, gatewayOrderId, merchant, cursor };
      return { position: next.position, request: { kind: 'ask', question } };
    }
    if (phase.source === 'unfinished') askedUntil = next.position.after;
    position = beginPhase(position.phase + 1);
  }
}
