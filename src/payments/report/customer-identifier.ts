import type { ReportedCustomer } from './payment-report.js';
import { isSamePhone, parsePhone, type Phone } from './phone.js';

/** An identifier of a person (customer id, e-mail address or phone number) in a form that compares equal in all spellings. */
export interface Identifier {
  /** As given, without white space around it. */
  text: string;
  /** The address in lower case; null where the text is no address. */
  email: string | null;
  /** Null where the text is no phone number. */
  phone: Phone | null;
}

export function parseIdentifier(given: string): Identifier {
  const text = given.trim();
  const email = text.includes('@') ? text.normalize('NFC').toLowerCase() : null;
  return { text, email, phone: email === null ? parsePhone(text) : null };
}

/** Whether a customer has this identifier: the exact id, the address in any case, or the phone in any spelling. */
export function matchesIdentifier(customer: Partial<ReportedCustomer>, identifier: Identifier): boolean {
  const { id, email, phone } = customer;
  if (isText(id) && isSameIdentifier(parseIdentifier(id), identifier, digitsEqual)) return true;
  return [email, phone].some(
    (value) => isText(value) && isSameIdentifier(parseIdentifier(value), identifier, isSamePhone),
  );
}

/** Two ids that look like phone numbers are equal only when all digits are: an id has no country code to leave out. */
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
