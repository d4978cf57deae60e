import { mentionOf, type PaymentNames } from '../../payments/index.js';
import { spellingsOf, textsIn } from './payload-text.js';

/** What messages of one person are known by. */
export interface Wanted {
  /** The person's id, address and phone. */
  identifiers: readonly string[];
  /** The person's payments, each at its own gateway and account. */
  names: readonly PaymentNames[];
}

/** A stored message as it is searched. */
export interface Searched {
  gateway: string;
  account: string;
  headers: readonly (readonly [string, string])[];
  bytes: Buffer;
}

/** A shorter name of a payment or an order ("6001") is evidence only where the field before it says what it is. */
const TELLING_LENGTH = 7;
const NAMES_ONE = /order|payment|intent|charge|transaction|receipt|reference/i;
/** What no id has in it. */
const BETWEEN_IDS = /[\s"'`&=,;<>(){}[\]\\/?#|]+/;

/**
 * A test of messages for a person: any of the identifiers anywhere, or any of the payments and orders of that gateway
 * and account. Pure; linear in the message.
 */
export class PersonMentions {
  private readonly mentions: readonly ((text: string) => boolean)[];
  private readonly names: ReadonlyMap<string, ReadonlySet<string>>;

  constructor({ identifiers, names }: Wanted) {
    this.mentions = identifiers.map(mentionOf);
    const byAccount = new Map<string, Set<string>>();
    for (const { gateway, account, gatewayPaymentId, orders } of names) {
      const known = byAccount.get(nameOf(gateway, account)) ?? new Set();
      for (const name of [gatewayPaymentId, ...orders]) known.add(name);
      byAccount.set(nameOf(gateway, account), known);
    }
    this.names = byAccount;
  }

  isIn(message: Searched): boolean {
    const texts = allTexts(message);
    const names = this.names.get(nameOf(message.gateway, message.account));
    return (names !== undefined && hasName(texts, names)) || this.isNamed(texts.join('\n'));
  }

  /**
   * Whether the bytes need a closer look for the identifiers: false only where none can be in them. Takes a fraction of
   * {@link isIn}, as nothing is parsed; escapes are looked at closer in any case.
   */
  mayBeIn(bytes: Buffer, headers: Searched['headers']): boolean {
    const text = `${bytes.toString('utf8')}\n${headers.flat().join('\n')}`;
    return /\\u|%[0-9a-f]{2}/i.test(text) || this.isNamed(text);
  }

  private isNamed(text: string): boolean {
    return this.mentions.some((mentions) => mentions(text));
  }
}

const nameOf = (gateway: string, account: string): string => JSON.stringify([gateway, account]);

const allTexts = ({ bytes, headers }: Pick<Searched, 'bytes' | 'headers'>): string[] => [
  ...textsIn(bytes),
  ...headers.flat().flatMap(spellingsOf),
];

function hasName(texts: readonly string[], names: ReadonlySet<string>): boolean {
  return texts.some(
    (text, at) =>
      (names.has(text) && (text.length >= TELLING_LENGTH || NAMES_ONE.test(texts[at - 1] ?? ''))) ||
      idsIn(text).some((id) => names.has(id)),
  );
}

const idsIn = (text: string): string[] =>
  text.length < TELLING_LENGTH ? [] : text.split(BETWEEN_IDS).filter((id) => id.length >= TELLING_LENGTH);

/** So many texts of a message are looked up among the payments that were erased. */
const MOST_NAMES = 1_000;

/** What in a message may be the id of a payment or an order: for a look among those that were erased. */
export function possibleNames(message: Pick<Searched, 'bytes' | 'headers'>): string[] {
  const names = new Set<string>();
  allTexts(message).forEach((text, at, texts) => {
    if (names.size >= MOST_NAMES) return;
    if (text.length < TELLING_LENGTH && text !== '' && NAMES_ONE.test(texts[at - 1] ?? '')) names.add(text);
    if (text.length >= TELLING_LENGTH && text.length <= 255) names.add(text);
    for (const id of idsIn(text)) if (id.length <= 255) names.add(id);
  });
  return [...names].slice(0, MOST_NAMES);
}
