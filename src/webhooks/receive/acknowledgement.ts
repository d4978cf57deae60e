import type { NewDelivery } from '../inbox/delivery.store.js';
import type { StoreResult } from '../inbox/store-result.js';
import { INVALID_BODY } from '../refusals/refusal-problems.js';
import type { InterpretedWebhook } from './webhook-body.pipe.js';
import { storedDeliveries } from '../webhook.metrics.js';

export interface Acknowledgement {
  status: number;
  contentType: string;
  body: string;
}

type Outcome = 'accepted' | 'duplicate' | 'ignored' | 'parked' | 'invalid';

/** What the sender is told of a message that is on disk. */
export function acknowledge(
  { gateway }: InterpretedWebhook,
  delivery: NewDelivery,
  receipt: StoreResult,
): Acknowledgement {
  const strict = gateway.invalidBodyResponse === 'unprocessable';
  const outcome = determineOutcome(delivery, receipt, strict);
  storedDeliveries.inc({ gateway: gateway.name, outcome });
  if (outcome === 'invalid') return invalidBodyAcknowledgement(receipt.id, delivery);
  const told = { status: outcome, id: receipt.id };
  const own = gateway.acknowledge?.(told);
  if (own) return own;
  return { status: 200, contentType: 'application/json; charset=utf-8', body: JSON.stringify(told) };
}

/** A strict gateway's faulty body does not spend its key: sent again, it is judged again. */
function determineOutcome(delivery: NewDelivery, receipt: StoreResult, strict: boolean): Outcome {
  const fresh = receipt.kind === 'stored' || (strict && receipt.previousStatus === 'parked');
  if (!fresh) return 'duplicate';
  // What counts is processed, so that even a strict sender need not send it again.
  if (delivery.partial) return 'parked';
  if (delivery.status === 'parked') return strict ? 'invalid' : 'parked';
  return delivery.status === 'ignored' ? 'ignored' : 'accepted';
}

function invalidBodyAcknowledgement(id: string, delivery: NewDelivery): Acknowledgement {
  const document = {
    type: INVALID_BODY.type,
    title: INVALID_BODY.title,
    status: INVALID_BODY.status,
    id,
    errors: delivery.errors,
    ...(delivery.moreErrors && { moreErrors: delivery.moreErrors }),
  };
  return {
    status: 422,
    contentType: 'application/problem+json; charset=utf-8',
    body: JSON.stringify(document),
  };
}
