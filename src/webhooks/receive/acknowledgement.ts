import type { NewDelivery } from '../inbox/delivery.store.js';
import type { StoreResult } from '../inbox/store-result.js';
import { isTestKey } from '../message/interpret-message.js';
import { INVALID_BODY } from '../refusals/refusal-problems.js';
import { storedDeliveries } from '../webhook.metrics.js';
import type { InterpretedWebhook } from './webhook-body.pipe.js';

/** The HTTP response to a webhook. */
export interface Acknowledgement {
  status: number;
  contentType: string;
  body: string;
}

type Outcome = 'accepted' | 'duplicate' | 'ignored' | 'parked' | 'invalid';

/** The response to a message that is committed, and counts it in the metrics. */
export function acknowledge(
  { gateway }: InterpretedWebhook,
  delivery: NewDelivery,
  result: StoreResult,
): Acknowledgement {
  const isStrict = gateway.invalidBodyResponse === 'unprocessable';
  const outcome = determineOutcome(delivery, result, isStrict);
  storedDeliveries.inc({ gateway: gateway.name, outcome });
  if (outcome === 'invalid') return invalidBodyAcknowledgement(result.id, delivery);
  const answer = { status: outcome, id: result.id };
  const own = gateway.acknowledge?.(answer);
  if (own) return own;
  return { status: 200, contentType: 'application/json; charset=utf-8', body: JSON.stringify(answer) };
}

/**
 * A strict gateway answers 422 to an invalid body, and the body does not use up its key: the same key is validated again
 * when it comes again, so it is not a duplicate while the delivery is parked.
 */
function determineOutcome(delivery: NewDelivery, result: StoreResult, isStrict: boolean): Outcome {
  // A gateway's test message is stored once, and answered the same each time.
  if (isTestKey(delivery.key)) return 'ignored';
  const isValidatedNow = result.kind === 'stored' || (isStrict && result.previousStatus === 'parked');
  if (!isValidatedNow) return 'duplicate';
  // The valid events of the body are processed, so even a strict sender need not send it again.
  if (delivery.partial) return 'parked';
  if (delivery.status === 'parked') return isStrict ? 'invalid' : 'parked';
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
