import { fieldOf } from '../fields/wire-fields.js';
import { isValidId } from '../gateway.js';
import { lastPage } from '../listed-page.js';
import type { ListOutcome, PaymentQuestion } from '../listing.js';
import { transactionOf } from './ippopay.answer.js';
import { askIppopay, UNKNOWN_ORDER } from './ippopay.api.js';

/** Reasons that are about one order. The others are about the key or the API, and end every question. */
const OF_ONE_ORDER: ReadonlySet<string> = new Set(['order id', 'another order', 'amount', 'too large']);

/**
 * Ippopay documents no lists. An order that we know of is asked about by its id, with the two requests of a hint. The
 * answer holds no refund and no dispute, because the API tells neither.
 */
export async function askIppopayOrder(
  { gatewayOrderId }: PaymentQuestion,
  settings: Readonly<Record<string, string>>,
): Promise<ListOutcome> {
  if (gatewayOrderId === null) return lastPage();
  const outcome = await askIppopay(gatewayOrderId, settings);
  switch (outcome.kind) {
    case 'retry':
      return outcome;
    case 'answer': {
      const id = transactionIn(outcome.raw);
      return lastPage([{ what: 'order', id: id ?? gatewayOrderId, gatewayPaymentId: id, raw: outcome.raw }]);
    }
    default:
      if (outcome.reason === UNKNOWN_ORDER) return lastPage();
      return { kind: OF_ONE_ORDER.has(outcome.reason) ? 'unusable' : 'final', reason: outcome.reason };
  }
}

/** The payment is the transaction. An order that nobody paid yet has none. */
function transactionIn(raw: Buffer): string | null {
  const id = fieldOf(transactionOf(fieldOf(JSON.parse(raw.toString('utf8')), 'transaction')), 'trans_id');
  return isValidId(id) ? id : null;
}
