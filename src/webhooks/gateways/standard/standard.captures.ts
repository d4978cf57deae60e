import { ValidateBy } from 'class-validator';
import type { ReportedCapture } from '../../../payments/index.js';
import { decimalIssue, minorUnitsOf } from '../fields/decimal-fields.js';
import type { ValidationIssue } from '../gateway.js';
import { fieldOf, idIssue } from '../fields/wire-fields.js';

const STATUSES = ['succeeded', 'pending', 'failed', 'reversed'] as const;
/** No gateway takes a payment in more parts (Stripe: 50). */
const MOST = 100;

/**
 * A list of captures. What is in it is read by {@link readCaptures}: a DTO of arrays could not be compiled (see
 * compiled-dto.ts).
 */
export const IsCaptureList = (): PropertyDecorator =>
  ValidateBy({
    name: 'isCaptureList',
    validator: {
      validate: (value: unknown) => Array.isArray(value) && value.length <= MOST,
      defaultMessage: () => `must be a list of at most ${MOST} captures`,
    },
  });

/** The captures of a payment in `currency`, which is known; what is wrong with them goes to `faults`. */
export function readCaptures(
  list: readonly unknown[] | null | undefined,
  currency: string,
  path: string,
  faults: ValidationIssue[],
): ReportedCapture[] {
  return (list ?? []).flatMap((entry, at) => readCapture(entry, currency, `${path}.${at}`, faults));
}

function readCapture(
  entry: unknown,
  currency: string,
  path: string,
  faults: ValidationIssue[],
): ReportedCapture[] {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
    faults.push({ path, message: 'must be an object' });
    return [];
  }
  const [id, amount, told] = ['id', 'amount', 'status'].map((field) => fieldOf(entry, field));
  const status = STATUSES.find((known) => known === told);
  const wrong = [
    { path: `${path}.id`, message: idIssue(id) },
    { path: `${path}.amount`, message: decimalIssue(amount, currency) },
    { path: `${path}.status`, message: status ? null : `must be one of ${STATUSES.join(', ')}` },
  ].flatMap(({ path: at, message }) => (message === null ? [] : [{ path: at, message }]));
  faults.push(...wrong);
  if (wrong.length > 0 || !status) return [];
  return [{ id: String(id), amount: minorUnitsOf(amount, currency), status }];
}
