import type { EntityManager } from 'typeorm';
import type { ReportedCustomer } from '../report/payment-report.js';
import { certainCountryOf, isSamePhone, type Phone, parsePhone, phoneTail, phoneTailSql } from '../report/phone.js';
import { type Identifier, parseIdentifier, matchesIdentifier, type DataSubject } from './data-subject.js';

const REPORTS_PER_PAGE = 5_000;
const LOWEST_UUID = '00000000-0000-0000-0000-000000000000';
/** Spellings of numbers with one tail that are compared. A number has some ten spellings; the rest is another number. */
const MAX_SPELLINGS = 1_000;
/** Digits in which a number that was not found must agree with one that might have been meant. */
const MIN_COMMON_DIGITS = 7;

/** What a search for a person has found. */
export interface FoundPayments {
  ids: string[];
  /** Payments that the identifier may mean as well and does not name for certain. */
  ambiguous: string[];
}

/** Which payments one page of reports leads to. */
class SearchMatches {
  readonly found = new Set<string>();
  /** Phones that were written with a country code, where the one asked for was not: by that code. */
  readonly byCountry = new Map<string, Set<string>>();
  readonly near = new Set<string>();

  constructor(private readonly asked: Identifier) {}

  add(paymentId: string, customer: ReportedCustomer): void {
    const stored = this.asked.phone && typeof customer.phone === 'string' ? parsePhone(customer.phone) : null;
    const country = stored && this.asked.phone && findAddedCountry(this.asked.phone, stored);
    if (country !== null) setOf(this.byCountry, country).add(paymentId);
    else if (matchesIdentifier(customer, this.asked)) this.found.add(paymentId);
    else if (stored && this.asked.phone && isNearlySamePhone(this.asked.phone, stored))
      this.near.add(paymentId);
  }

  /** A national number that is stored under several country codes is several people's: none of them is taken. */
  result(): FoundPayments {
    const [only, ...others] = [...this.byCountry.values()];
    const doubtful = others.length > 0 ? [...this.byCountry.values()].flatMap((ids) => [...ids]) : [];
    const ids = new Set([...this.found, ...(others.length === 0 ? (only ?? []) : [])]);
    const ambiguous = new Set([...doubtful, ...this.near].filter((id) => !ids.has(id)));
    return { ids: [...ids], ambiguous: [...ambiguous].sort() };
  }
}

/** The country code of `stored`, where `asked` is the same number without one; else null. */
function findAddedCountry(asked: Phone, stored: Phone): string | null {
  const country = certainCountryOf(stored);
  return country !== null && certainCountryOf(asked) === null && isSamePhone(asked, stored) ? country : null;
}

/** Of two numbers with a country code none may be meant by the other. */
const isNearlySamePhone = (asked: Phone, stored: Phone): boolean =>
  asked.digits.length >= MIN_COMMON_DIGITS &&
  (certainCountryOf(asked) === null || certainCountryOf(stored) === null) &&
  (stored.digits.endsWith(asked.digits) || asked.digits.endsWith(stored.digits));

function setOf(sets: Map<string, Set<string>>, name: string): Set<string> {
  const known = sets.get(name) ?? new Set();
  sets.set(name, known);
  return known;
}

/**
 * The payments that any report, now or earlier, says are this person's. Reads every report there is, a page at a time
 * and without a lock: no index knows whom a payment's earlier reports named.
 */
export async function findPaymentsOf(manager: EntityManager, person: DataSubject): Promise<FoundPayments> {
  const findings = new SearchMatches(parseIdentifier(person.identifier));
  for (let after = LOWEST_UUID; ;) {
    const page = await manager.query<{ id: string; payment_id: string; customer: ReportedCustomer | null }[]>(
      `SELECT id, payment_id, told -> 'customer' AS customer FROM payment_reports
       WHERE id > $1 ORDER BY id LIMIT ${REPORTS_PER_PAGE}`,
      [after],
    );
    for (const { payment_id, customer } of page) if (customer !== null) findings.add(payment_id, customer);
    const last = page.at(-1);
    if (!last || page.length < REPORTS_PER_PAGE) break;
    after = last.id;
  }
  const { ids, ambiguous } = findings.result();
  return {
    ids: await withinScope(manager, person, ids),
    ambiguous: await withinScope(manager, person, ambiguous),
  };
}

async function withinScope(
  manager: EntityManager,
  { gateway, account }: DataSubject,
  ids: readonly string[],
): Promise<string[]> {
  const rows = await manager.query<{ id: string }[]>(
    `SELECT id FROM payments WHERE id = ANY($1) AND ($2::text IS NULL OR gateway = $2)
       AND ($3::text IS NULL OR account = $3) ORDER BY id`,
    [ids, gateway, account],
  );
  return rows.map(({ id }) => id);
}

/** A condition on payments, in SQL, with its parameters by name. */
export interface CustomerCondition {
  sql: string;
  parameters: Record<string, unknown>;
}

/**
 * Payments whose customer, as shown now, is known by this: the exact id, the address in any case, the phone in any
 * spelling, as {@link matchesIdentifier} has it. One look in an index for each: joined by OR, the planner may read all payments.
 */
export async function customerCondition(manager: EntityManager, given: string): Promise<CustomerCondition> {
  const { text, email, phone } = parseIdentifier(given);
  const looks = [`SELECT id FROM payments WHERE customer_id IN (:given, :text)`];
  if (email !== null) looks.push(`SELECT id FROM payments WHERE ${EMAIL_SQL} = lower(:text)`);
  if (phone !== null)
    looks.push(`SELECT id FROM payments WHERE ${TAIL_SQL} = :tail AND customer_phone = ANY(:spellings)`);
  return {
    sql: looks.join(' UNION ALL '),
    parameters: {
      given,
      text,
      ...(phone !== null && { tail: phoneTail(phone), spellings: await findSpellings(manager, phone) }),
    },
  };
}

/** As the indexes of `payments` hold them. */
export const EMAIL_SQL = `lower(btrim(customer_email))`;
export const TAIL_SQL = phoneTailSql('customer_phone');

/** One step in the index for each spelling: a number that half of all payments have costs no more than any other. */
const SPELLINGS = `WITH RECURSIVE spelled (phone, nth) AS (
    (SELECT customer_phone, 1 FROM payments WHERE ${TAIL_SQL} = $1 ORDER BY customer_phone LIMIT 1)
    UNION ALL
    SELECT (SELECT customer_phone FROM payments WHERE ${TAIL_SQL} = $1 AND customer_phone > spelled.phone
              ORDER BY customer_phone LIMIT 1), nth + 1
    FROM spelled WHERE phone IS NOT NULL AND nth < ${MAX_SPELLINGS})
  SELECT phone FROM spelled WHERE phone IS NOT NULL`;

/** Every way in which this number is stored, exactly as it stands there. */
async function findSpellings(manager: EntityManager, asked: Phone): Promise<string[]> {
  const rows = await manager.query<{ phone: string }[]>(SPELLINGS, [phoneTail(asked)]);
  return rows
    .map(({ phone }) => phone)
    .filter((phone) => {
      const stored = parsePhone(phone);
      return stored !== null && isSamePhone(asked, stored);
    });
}
