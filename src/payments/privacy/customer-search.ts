import type { EntityManager } from 'typeorm';
import { v7 } from 'uuid';
import { findInScope } from '../recording/customer-search.store.js';
import { findCustomersAfter, type CustomerOfReport } from '../recording/payment-report.store.js';
import { type Identifier, matchesIdentifier, parseIdentifier } from '../report/customer-identifier.js';
import type { ReportedCustomer } from '../report/payment-report.js';
import { certainCountryOf, isSamePhone, parsePhone, type Phone } from '../report/phone.js';
import type { DataSubject } from './data-subject.js';

const REPORTS_PER_PAGE = 5_000;
/** The clocks of other processes may be a minute off. */
const MAX_CLOCK_SKEW_MS = 60_000;
const LOWEST_UUID = '00000000-0000-0000-0000-000000000000';
/** The fewest digits that two different numbers must have in common so that one may be meant by the other. */
const MIN_COMMON_DIGITS = 7;

/** The result of a search for a person. */
export interface FoundPayments {
  /** Payments that are certainly this person's. */
  ids: string[];
  /** Payments that the identifier may mean too. They need another, unambiguous identifier. */
  ambiguous: string[];
}

/** Collects the payments whose reports match an identifier. */
class SearchMatches {
  private readonly found = new Set<string>();
  /** Payments whose phone has a country code that the identifier lacks, by that country code. */
  private readonly byCountry = new Map<string, Set<string>>();
  private readonly near = new Set<string>();

  constructor(private readonly wanted: Identifier) {}

  add(paymentId: string, customer: Partial<ReportedCustomer>): void {
    const { phone } = this.wanted;
    const stored = phone && typeof customer.phone === 'string' ? parsePhone(customer.phone) : null;
    const country = stored && phone && findAddedCountry(phone, stored);
    if (country !== null) setOf(this.byCountry, country).add(paymentId);
    else if (matchesIdentifier(customer, this.wanted)) this.found.add(paymentId);
    else if (stored && phone && isNearlySamePhone(phone, stored)) this.near.add(paymentId);
  }

  /**
   * A national number that is stored under one country code belongs to one person. Under several country codes it
   * belongs to several persons, and all of their payments are ambiguous.
   */
  result(): FoundPayments {
    const [only, ...others] = [...this.byCountry.values()];
    const isOnePerson = others.length === 0;
    const ids = new Set([...this.found, ...(isOnePerson ? (only ?? []) : [])]);
    const ofSeveral = isOnePerson ? [] : [...this.byCountry.values()].flatMap((set) => [...set]);
    const ambiguous = new Set([...ofSeveral, ...this.near].filter((id) => !ids.has(id)));
    return { ids: [...ids], ambiguous: [...ambiguous].sort() };
  }
}

/** The country code of `stored`, where `wanted` is the same number without a country code; else null. */
function findAddedCountry(wanted: Phone, stored: Phone): string | null {
  const country = certainCountryOf(stored);
  return country !== null && certainCountryOf(wanted) === null && isSamePhone(wanted, stored)
    ? country
    : null;
}

/** Whether one number may be meant by the other. Two numbers that both have a country code are never near. */
const isNearlySamePhone = (wanted: Phone, stored: Phone): boolean =>
  wanted.digits.length >= MIN_COMMON_DIGITS &&
  (certainCountryOf(wanted) === null || certainCountryOf(stored) === null) &&
  (stored.digits.endsWith(wanted.digits) || wanted.digits.endsWith(stored.digits));

function setOf(sets: Map<string, Set<string>>, name: string): Set<string> {
  const known = sets.get(name) ?? new Set();
  sets.set(name, known);
  return known;
}

/**
 * The payments that any report, also an earlier one, says are this person's. Reads every report in pages of 5,000 and
 * takes no lock. No index can help, because a payment shows only its newest customer. A report that is stored meanwhile
 * may lie on a page that was read already, so the reports since the start are read once more.
 */
export async function findPaymentsOf(manager: EntityManager, person: DataSubject): Promise<FoundPayments> {
  const matches = new SearchMatches(parseIdentifier(person.identifier));
  const start = v7({ msecs: Date.now() - MAX_CLOCK_SKEW_MS });
  for (const since of [LOWEST_UUID, start])
    for await (const { paymentId, customer } of readCustomers(manager, since))
      if (customer !== null) matches.add(paymentId, customer);
  const { ids, ambiguous } = matches.result();
  return {
    ids: await findInScope(manager, person, ids),
    ambiguous: await findInScope(manager, person, ambiguous),
  };
}

/** The customers of all reports that were stored since the moment of the UUIDv7 `since`. */
async function* readCustomers(manager: EntityManager, since: string): AsyncGenerator<CustomerOfReport> {
  for (let after = { deliveryId: LOWEST_UUID, id: LOWEST_UUID }; ;) {
    const page = await findCustomersAfter(manager, { after, since, limit: REPORTS_PER_PAGE });
    yield* page;
    const last = page.at(-1);
    if (!last || page.length < REPORTS_PER_PAGE) return;
    after = last;
  }
}
