import type { PaymentReport, ReportedCustomer, ReportedFailure } from '../../payments/index.js';
import type { ValidationIssue } from '../gateways/gateway.js';
import { MAX_ORDER_ID_LENGTH } from '../gateways/fields/wire-fields.js';

/**
 * The longest texts in a report, in characters. A longer text that only describes a payment is left out. A longer message
 * of a failure is cut off. The payment itself is processed all the same.
 */
const MAX_LENGTHS = {
  customerId: 255,
  /** RFC 5321: a local part of 64, an `@` and a domain of 255 characters. */
  email: 320,
  phone: 64,
  name: 512,
  /** RFC 5646, section 4.4.1, recommends room for 35. */
  locale: 35,
  code: 255,
  reason: 255,
  message: 5_000,
} as const;

/** For the ids of payments, refunds, disputes and attempts. */
const MAX_ID_LENGTH = 255;

/** The report with texts of bounded length. Nearly every report fits, and is returned unchanged. */
export function boundReport(report: PaymentReport): PaymentReport {
  const { customer, failure, dispute } = report;
  const isFit = fitsCustomer(customer) && fitsFailure(failure) && fits(dispute?.reason, MAX_LENGTHS.reason);
  if (isFit) return report;
  return {
    ...report,
    customer: customer && boundCustomer(customer),
    failure: failure && boundFailure(failure),
    dispute: dispute && { ...dispute, reason: dropIfTooLong(dispute.reason, MAX_LENGTHS.reason) },
  };
}

/**
 * Issues of ids that are too long. A gateway's DTO should reject such an id at its place in the body; this check is for ids
 * that the DTO does not bound. An id is never cut off: a cut id could be the id of another payment.
 */
export function validateIdentities(report: PaymentReport): ValidationIssue[] {
  const faults: ValidationIssue[] = [];
  const check = (path: string, id: string | null | undefined, longest: number): void => {
    if (!fits(id, longest)) faults.push({ path, message: `must be at most ${longest} characters` });
  };
  check('gatewayPaymentId', report.gatewayPaymentId, MAX_ID_LENGTH);
  check('merchant', report.merchant, MAX_ID_LENGTH);
  report.refunds.forEach(({ id }, at) => check(`refunds.${at}.id`, id, MAX_ID_LENGTH));
  report.captures.forEach(({ id }, at) => check(`captures.${at}.id`, id, MAX_ID_LENGTH));
  check('dispute.id', report.dispute?.id, MAX_ID_LENGTH);
  check('failure.attemptId', report.failure?.attemptId, MAX_ID_LENGTH);
  check('orderId', report.orderId, MAX_ORDER_ID_LENGTH);
  check('gatewayOrderId', report.gatewayOrderId, MAX_ORDER_ID_LENGTH);
  return faults;
}

const fits = (text: string | null | undefined, longest: number): boolean =>
  text == null || text.length <= longest;

const dropIfTooLong = (text: string | null, longest: number): string | null =>
  fits(text, longest) ? text : null;

const fitsCustomer = (customer: ReportedCustomer | null): boolean =>
  customer === null ||
  (fits(customer.id, MAX_LENGTHS.customerId) &&
    fits(customer.email, MAX_LENGTHS.email) &&
    fits(customer.phone, MAX_LENGTHS.phone) &&
    fits(customer.name, MAX_LENGTHS.name) &&
    fits(customer.locale, MAX_LENGTHS.locale));

const boundCustomer = (customer: ReportedCustomer): ReportedCustomer => ({
  ...customer,
  id: dropIfTooLong(customer.id, MAX_LENGTHS.customerId),
  email: dropIfTooLong(customer.email, MAX_LENGTHS.email),
  phone: dropIfTooLong(customer.phone, MAX_LENGTHS.phone),
  name: dropIfTooLong(customer.name, MAX_LENGTHS.name),
  locale: dropIfTooLong(customer.locale, MAX_LENGTHS.locale),
});

const fitsFailure = (failure: ReportedFailure | null): boolean =>
  failure === null || (fits(failure.code, MAX_LENGTHS.code) && fits(failure.message, MAX_LENGTHS.message));

const boundFailure = (failure: ReportedFailure): ReportedFailure => ({
  ...failure,
  code: dropIfTooLong(failure.code, MAX_LENGTHS.code),
  message: failure.message?.slice(0, MAX_LENGTHS.message) ?? null,
});
