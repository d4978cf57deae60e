import type { PaymentReport, ReportedCustomer } from './payment-report.js';

/** One person, by what they are known by; optionally at one gateway or account alone. */
export interface Person {
  /** Customer id, e-mail address or phone number. */
  identifier: string;
  gateway: string | null;
  account: string | null;
}

const PHONE = /^\+?[\d\s().-]{7,}$/;
/** A shorter identifier is no evidence: "42" stands in every other body. */
const TELLING_LENGTH = 7;

/** The same for all ways to write one identifier: addresses in any case, phones with any punctuation. */
export function canonical(identifier: string): string {
  const text = identifier.trim();
  if (PHONE.test(text)) return text.replace(/\D/g, '');
  return text.includes('@') ? text.toLowerCase() : text;
}

/** Whether a customer is the one who is known by `identifier`, by id, address or phone. */
export function isNamedBy(customer: Partial<ReportedCustomer>, identifier: string): boolean {
  const wanted = canonical(identifier);
  return [customer.id, customer.email, customer.phone].some(
    (value) => typeof value === 'string' && canonical(value) === wanted,
  );
}

/**
 * A test of texts for an identifier: the whole text, or a part of it that stands alone, so that
 * `asha@shop.example` is found in a sentence and not in `not.asha@shop.example`. One of fewer than seven characters
 * is found nowhere: what is erased by mistake cannot be brought back.
 */
export function mentionOf(identifier: string): (text: string) => boolean {
  const wanted = canonical(identifier);
  const joins = wanted.includes('@') ? String.raw`[\p{L}\d._%+-]` : String.raw`[\p{L}\d_]`;
  const alone = new RegExp(
    `(?<!${joins})${wanted.replace(/[^\p{L}\d]/gu, (sign) => `\\u{${sign.codePointAt(0)?.toString(16) ?? ''}}`)}` +
      String.raw`(?![\p{L}\d_]|[.-][\p{L}\d])`,
    'iu',
  );
  if (wanted.length < TELLING_LENGTH) return () => false;
  return (text) => canonical(text) === wanted || alone.test(text);
}

/** A report without anything personal. A gateway's own words on a failure may name whom it likes. */
export function withoutPerson(report: PaymentReport): PaymentReport {
  return { ...report, customer: null, failure: report.failure && { ...report.failure, message: null } };
}
