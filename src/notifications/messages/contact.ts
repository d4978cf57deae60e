/** Limits of RFC 5321, section 4.5.3.1. */
export const MAX_ADDRESS_LENGTH = 254;
const MAX_LOCAL_LENGTH = 64;

/** Excludes what separates, quotes, comments or ends an address in a header, and control and invisible characters. */
const LOCAL_PART = /^[^\s@,;:<>()[\]\\"\p{C}]+$/u;
const LABEL = /^[\p{L}\p{M}\p{N}](?:[\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?$/u;

interface Placeholder {
  readonly matches: RegExp;
  /** Why no customer has this address, with the source. */
  readonly why: string;
}

/**
 * Valid addresses that belong to no customer, whichever gateway wrote them. A gateway declares the ones that only it writes
 * (`Gateway.placeholderEmails`). Only documented or observed ones, because a wrong guess loses real mail.
 */
export const PLACEHOLDERS: readonly Placeholder[] = [
  { matches: /[.@]invalid$/, why: 'RFC 6761, section 6.4: names under .invalid never exist' },
];

/**
 * The address to send to. Null when there is none, when it is not exactly one plain address, or when it is a
 * placeholder. Blanks around the address are removed. Upper and lower case are kept.
 */
export function usableEmail(email: string | null): string | null {
  const address = trimBlanks(email ?? '');
  const at = address.indexOf('@');
  if (at < 1 || address.length > MAX_ADDRESS_LENGTH) return null;
  if (!isLocalPart(address.slice(0, at)) || !isDomain(address.slice(at + 1))) return null;
  const lower = address.toLowerCase();
  return PLACEHOLDERS.some(({ matches }) => matches.test(lower)) ? null : address;
}

/** Reads from each end once. A regular expression for the end would start again at every blank inside the text. */
function trimBlanks(text: string): string {
  const isBlank = (at: number): boolean => text[at] === ' ' || text[at] === '\t';
  let from = 0;
  let to = text.length;
  while (from < to && isBlank(from)) from++;
  while (to > from && isBlank(to - 1)) to--;
  return text.slice(from, to);
}

const isLocalPart = (local: string): boolean =>
  local.length <= MAX_LOCAL_LENGTH && LOCAL_PART.test(local) && !/^\.|\.\.|\.$/.test(local);

/** At least two labels, and the last one is not a number. This excludes bare host names and IP addresses. */
function isDomain(domain: string): boolean {
  const labels = domain.split('.');
  const last = labels.at(-1) ?? '';
  return (
    labels.length >= 2 &&
    labels.every((label) => LABEL.test(label)) &&
    !/^\p{N}+$/u.test(last) &&
    last.length >= 2
  );
}
