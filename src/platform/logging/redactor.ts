import { maskCardNumbers } from './card-numbers.js';

/* What must never be read in a log, by how it looks. Pure: rules and nothing else. */

const MASK = '***';

type Rule = readonly [what: string, pattern: RegExp, shown: string];

interface Rules {
  /**
   * A cheap pattern that matches every text that a rule matches. Most texts need no redaction, and this one test tells.
   */
  readonly hint: RegExp;
  readonly rules: readonly Rule[];
}

/** Secrets. Each pattern is bounded or scans plain characters once, so that no text makes it slow. */
const SECRETS: Rules = {
  hint: /:\/\/|webhooks|bearer|basic|whsec_|[sprk]k_|v1a?,|[0-9a-f]{64}/i,
  rules: [
    [
      'user and password of a URL',
      /\b(?!file:)([a-z][a-z0-9+.-]{1,20}:\/\/)[^\s"'<>]{0,512}@/gi,
      `$1${MASK}@`,
    ],
    [
      'what follows the gateway in the path of a webhook',
      /((?:\/|%2F)webhooks(?:\/|%2F)[\w-]+?)(?:\/|%2F)[^\s"'<>?#]+/gi,
      `$1/${MASK}`,
    ],
    ['an Authorization header', /\b(Bearer|Basic)(?:\s+|%20)[\w.~+/=-]{4,}/gi, `$1 ${MASK}`],
    ['a webhook secret', /(?<![A-Za-z0-9])whsec_[\w+/=-]+/g, `whsec_${MASK}`],
    // Names of constraints start with pk_ too, but unlike keys they have no digits.
    [
      'an API key',
      /(?<![A-Za-z0-9])([sprk]k)_(?:(?:live|test)_\w+|(?=[a-zA-Z_]{0,64}\d)\w{8,})/g,
      `$1_${MASK}`,
    ],
    ['a signature in hexadecimal', /(?<![0-9a-f])[0-9a-f]{64,}(?![0-9a-f])/gi, MASK],
    ['a signature in base64', /\b(v1a?),[A-Za-z0-9+/_-]{40,}={0,2}/g, `$1,${MASK}`],
  ],
};

const PEOPLE: Rules = {
  hint: /@|%40|\+|%2B/i,
  rules: [
    ['an e-mail address', /[^\s@<>"'(),;:/\\=&?*]{1,64}(?:@|%40)[^\s@<>"'(),;:/\\=&?]{1,255}/gi, MASK],
    ['a phone number (E.164)', /(?:\+|%2B)[1-9](?:[ .()-]{0,2}\d){6,14}(?!\d)/gi, `+${MASK}`],
  ],
};

/** Masks secrets, tokens and signatures. Personal data stays. */
export const redactSecrets = (text: string): string => applyRules(SECRETS, text);

/**
 * Masks everything that must not be logged: secrets, e-mail addresses, phone numbers, and card numbers but four digits.
 */
export const redact = (text: string): string => maskCardNumbers(applyRules(PEOPLE, redactSecrets(text)));

const applyRules = ({ hint, rules }: Rules, text: string): string =>
  hint.test(text) ? rules.reduce((left, [, pattern, shown]) => left.replace(pattern, shown), text) : text;
