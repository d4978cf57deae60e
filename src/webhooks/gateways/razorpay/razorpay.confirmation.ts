import { type AskedAnswer, final, objectPath } from '../api-client.js';
import type { Confirmation, FetchOutcome, ValidationIssue } from '../gateway.js';
import { fieldOf } from '../fields/wire-fields.js';
import { equalConstantTime, hexSignature, hmacSha256 } from '../signature.js';
import { askRazorpay } from './razorpay.api.js';

/** What Razorpay's checkout hands to the browser. No id holds the sign that separates them where they are signed. */
const FIELDS = [
  ['razorpay_payment_id', /^pay_[\w-]{1,100}$/, 'must be the id of a payment (pay_…)'],
  [
    'razorpay_order_id',
    /^order_[\w-]{1,100}$/,
    'must be the id of the order that the shop created (order_…)',
  ],
  ['razorpay_signature', /^[0-9a-f]{64}$/i, 'must be 64 hexadecimal digits'],
] as const;

const WRONG_SIGNATURE: ValidationIssue = {
  path: 'razorpay_signature',
  message: 'must be the signature of this order and this payment by the secret of the API key',
};

/**
 * Razorpay signs `order|payment` by the secret of the API key. The signature proves that Razorpay gave out the two ids
 * together, and nothing about the amount or the state. Which order the shop had in mind the shop alone knows: its server
 * sends the id that it kept, and never the browser's.
 */
export function confirmRazorpay(
  body: object,
  { KEY_SECRET = '' }: Readonly<Record<string, string>>,
): Confirmation {
  const issues = FIELDS.flatMap(([path, form, message]) => {
    const value = fieldOf(body, path);
    return typeof value === 'string' && form.test(value) ? [] : [{ path, message }];
  });
  if (issues.length > 0) return { kind: 'invalid', issues };
  const [payment, order, signature] = FIELDS.map(([name]) => fieldOf(body, name) as string) as [
    string,
    string,
    string,
  ];
  const given = hexSignature(signature);
  const isOurs =
    KEY_SECRET !== '' &&
    given !== null &&
    equalConstantTime(given, hmacSha256(KEY_SECRET, `${order}|${payment}`));
  return isOurs
    ? { kind: 'hint', hint: `payment:${payment}:${order}` }
    : { kind: 'invalid', issues: [WRONG_SIGNATURE] };
}

/**
 * Asks for the payment that a hint of {@link confirmRazorpay} names. Its order must be the one that the shop sent: a
 * payment of another order confirms nothing.
 */
export async function fetchPayment(
  hint: string,
  settings: Readonly<Record<string, string>>,
  now: Date,
): Promise<FetchOutcome> {
  const [kind, payment, order] = hint.split(':');
  if (kind !== 'payment' || !payment || !order) return final('hint');
  const answer = await askRazorpay({ path: objectPath('payments', payment) }, settings);
  if (answer.kind !== 'json') return outcomeOf(answer);
  if (fieldOf(answer.body, 'entity') !== 'payment' || fieldOf(answer.body, 'id') !== payment)
    return final('another payment');
  if (fieldOf(answer.body, 'order_id') !== order) return final('a payment of another order');
  return { kind: 'answer', raw: answer.raw, observedAt: now };
}

function outcomeOf(answer: Exclude<AskedAnswer, { kind: 'json' }>): FetchOutcome {
  return answer.kind === 'missing' || answer.kind === 'invalid'
    ? final("the key's account has no such payment")
    : answer;
}
