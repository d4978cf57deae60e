import type { PaymentReport, ReportedCustomer } from '../report/payment-report.js';
import { isSamePhone, type Phone, parsePhone, phonePattern } from '../report/phone.js';

/** One person, by what they are known by; optionally at one gateway or account alone. */
export interface DataSubject {
  /** Customer id, e-mail address or phone number. */
  identifier: string;
  gateway: string | null;
  account: string | null;
}

/** A shorter identifier is no evidence: "42" stands in every other body. */
const MIN_MATCHABLE_LENGTH = 7;

/** What somebody is known by, so that all spellings of it compare equal. */
export interface Identifier {
  /** As given, without blanks around it. */
  text: string;
  /** The address in lower case; null for what is none. */
  email: string | null;
  phone: Phone | null;
}

export function parseIdentifier(given: string): Identifier {
  const text = given.trim();
  const email = text.includes('@') ? text.normalize('NFC').toLowerCase() : null;
  return { text, email, phone: email === null ? parsePhone(text) : null };
}

/** Whether a customer is the one known by `identifier`: the exact id, the address in any case, the phone in any spelling. */
export function matchesIdentifier(customer: Partial<ReportedCustomer>, identifier: Identifier): boolean {
  const { id, email, phone } = customer;
  if (isText(id) && isSameIdentifier(parseIdentifier(id), identifier, digitsEqual)) return true;
  return [email, phone].some(
    (value) => isText(value) && isSameIdentifier(parseIdentifier(value), identifier, isSamePhone),
  );
}

/** Two phones may be one number; two ids may not: of them all digits must agree. */
const digitsEqual = (one: Phone, other: Phone): boolean => one.digits === other.digits;

function isSameIdentifier(
  one: Identifier,
  other: Identifier,
  phonesAgree: (one: Phone, other: Phone) => boolean,
): boolean {
  if (one.text === other.text) return true;
  if (one.email !== null) return one.email === other.email;
  return one.phone !== null && other.phone !== null && phonesAgree(one.phone, other.phone);
}

const isText = (value: unknown): value is string => typeof value === 'string';

/**
 * A test of texts for an identifier: the whole text, or a part of it that stands alone, so that
 * `asha@shop.example` is found in a sentence and not in `not.asha@shop.example`. One of fewer than seven characters
 * is found nowhere: what is erased by mistake cannot be brought back. Linear in the text.
 */
export function mentionMatcher(identifier: string): (text: string) => boolean {
  const { text: wanted, email, phone } = parseIdentifier(identifier);
  if (wanted.length < MIN_MATCHABLE_LENGTH) return () => false;
  if (phone !== null) {
    const pattern = phonePattern(phone);
    return (text) => pattern.test(text);
  }
  if (email === null) {
    const pattern = standalonePattern(wanted, String.raw`[\p{L}\d_]`, 'u');
    return (text) => text.includes(wanted) && pattern.test(text);
  }
  const pattern = standalonePattern(email, String.raw`[\p{L}\d._%+-]`, 'iu');
  return (text) => pattern.test(text);
}

/** `joins` are the signs that, right before it, would make it the end of something longer. */
function standalonePattern(wanted: string, joins: string, flags: string): RegExp {
  const literal = wanted.replace(/[^\p{L}\d]/gu, (sign) => `\\u{${sign.codePointAt(0)?.toString(16) ?? ''}}`);
  return new RegExp(`(?<!${joins})${literal}` + String.raw`(?![\p{L}\d_]|[.-][\p{L}\d])`, flags);
}

/** A report without anything personal. A gateway's own words on a failure may name whom it likes. */
export function withoutPersonalData(report: PaymentReport): PaymentReport {
  return { ...report, customer: null, failure: report.failure && { ...report.failure, message: null } };
}

/** When what a payment tells of its customer was erased, and up to when what was received has expired. */
export interface ErasureMarks {
  erased_at?: Date | null;
  expired_until?: Date | null;
}

/** Whether nothing personal of a report that came at `receivedAt` may be kept: not at first, and by no rebuild or replay. */
export const mustDropPersonalData = (payment: ErasureMarks | undefined, receivedAt: Date): boolean =>
  payment !== undefined &&
  ((payment.erased_at ?? null) !== null || (payment.expired_until ?? new Date(0)) >= receivedAt);
