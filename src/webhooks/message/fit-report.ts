import type { PaymentReport, ReportedCustomer, ReportedFailure } from '../../payments/index.js';
import type { Fault } from '../gateways/gateway.js';
import { LONGEST_ORDER_ID } from '../gateways/wire-fields.js';

/**
 * How long text in a report may be. What only decorates a payment and is longer counts as not told; a gateway's words
 * on a failure are cut off. The payment itself counts all the same.
 */
const LONGEST = {
  customerId: 255,
  /** RFC 5321: a local part of 64, an `@` and a domain of 255 characters. */
  email: 320,
  phone: 64,
  name: 512,
  /** RFC 5646, section 4.4.1, tells implementers to expect 35. */
  locale: 35,
  code: 255,
  reason: 255,
  message: 5_000,
} as const;

/** Of ids of payments, refunds, disputes and attempts. */
const LONGEST_ID = 255;

/** The report with decoration of bounded length. Nearly every report fits as it is, and is answered itself. */
export function fitReport(report: PaymentReport): PaymentReport {
  const { customer, failure, dispute } = report;
  const isFit = fitsCustomer(customer) && fitsFailure(failure) && fits(dispute?.reason, LONGEST.reason);
  if (isFit) return report;
  return {
    ...report,
    customer: customer && fitCustomer(customer),
    failure: failure && fitFailure(failure),
    dispute: dispute && { ...dispute, reason: short(dispute.reason, LONGEST.reason) },
  };
}

/**
 * Identities of a report that are too long for any column. A gateway's DTO refuses them at their place in the body;
 * this is for those that its DTO forgot. An identity is never cut off: it would name another payment.
 */
export function identityFaults(report: PaymentReport): Fault[] {
  const faults: Fault[] = [];
  const check = (path: string, id: string | null | undefined, longest: number): void => {
    if (!fits(id, longest)) faults.push({ path, message: `must be at most ${longest} characters` });
  };
  check('gatewayPaymentId', report.gatewayPaymentId, LONGEST_ID);
  check('merchant', report.merchant, LONGEST_ID);
  report.refunds.forEach(({ id }, at) => check(`refunds.${at}.id`, id, LONGEST_ID));
  report.captures.forEach(({ id }, at) => check(`captures.${at}.id`, id, LONGEST_ID));
  check('dispute.id', report.dispute?.id, LONGEST_ID);
  check('failure.attemptId', report.failure?.attemptId, LONGEST_ID);
  check('orderId', report.orderId, LONGEST_ORDER_ID);
  check('gatewayOrderId', report.gatewayOrderId, LONGEST_ORDER_ID);
  return faults;
}

const fits = (text: string | null | undefined, longest: number): boolean =>
  text == null || text.length <= longest;

const short = (text: string | null, longest: number): string | null => (fits(text, longest) ? text : null);

const fitsCustomer = (customer: ReportedCustomer | null): boolean =>
  customer === null ||
  (fits(customer.id, LONGEST.customerId) &&
    fits(customer.email, LONGEST.email) &&
    fits(customer.phone, LONGEST.phone) &&
    fits(customer.name, LONGEST.name) &&
    fits(customer.locale, LONGEST.locale));

const fitCustomer = (customer: ReportedCustomer): ReportedCustomer => ({
  ...customer,
  id: short(customer.id, LONGEST.customerId),
  email: short(customer.email, LONGEST.email),
  phone: short(customer.phone, LONGEST.phone),
  name: short(customer.name, LONGEST.name),
  locale: short(customer.locale, LONGEST.locale),
});

const fitsFailure = (failure: ReportedFailure | null): boolean =>
  failure === null || (fits(failure.code, LONGEST.code) && fits(failure.message, LONGEST.message));

const fitFailure = (failure: ReportedFailure): ReportedFailure => ({
  ...failure,
  code: short(failure.code, LONGEST.code),
  message: failure.message?.slice(0, LONGEST.message) ?? null,
});
