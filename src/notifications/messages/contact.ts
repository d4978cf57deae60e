/** Limits of RFC 5321, section 4.5.3.1. */
const MAX_ADDRESS_LENGTH = 254;
const MAX_LOCAL_LENGTH = 64;

/** Nothing that separates, quotes, comments or ends an address in a header; no control, no invisible character. */
const LOCAL_PART = /^[^\s@,;:<>()[\]\\"\p{C}]+$/u;
const LABEL = /^[\p{L}\p{M}\p{N}](?:[\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?$/u;

interface Placeholder {
  readonly matches: RegExp;
  readonly why: string;
}

/** Addresses that look right and belong to no customer. Only what is documented or seen; a guess loses real mail. */
export const PLACEHOLDERS: readonly Placeholder[] = [
  {
    matches: /^void@razorpay\.com$/,
    why: 'Razorpay puts it where the customer gave no e-mail address, and its checkout samples prefill it',
  },
  { matches: /[.@]invalid$/, why: 'RFC 6761, section 6.4: names under .invalid never exist' },
];

/**
 * The address to write to, or null when there is none, when it is not one plain address, or when it is a
 * placeholder. Surrounding blanks are forgiven; case is kept.
 */
export function usableEmail(email: string | null): string | null {
  const address = trimBlanks(email ?? '');
  const at = address.indexOf('@');
  if (at < 1 || address.length > MAX_ADDRESS_LENGTH) return null;
  if (!isLocalPart(address.slice(0, at)) || !isDomain(address.slice(at + 1))) return null;
  const lower = address.toLowerCase();
  return PLACEHOLDERS.some(({ matches }) => matches.test(lower)) ? null : address;
}

/** In one pass from each end: a pattern for the end would try again at every blank within. */
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

/** At least two labels, the last of them no number: no bare host names, no IP addresses. */
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
