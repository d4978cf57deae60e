import {
  type DataSubject,
  type GatewayOrder,
  mentionMatcher,
  type PaymentNames,
} from '../../payments/index.js';
import { possibleSpellings, extractTexts } from './payload-text.js';

/** What the messages of one person are found by. */
export interface PersonIdentifiers {
  /** The person's id, address and phone. */
  identifiers: readonly string[];
  /** The person's payments, each at its own gateway and account. */
  names: readonly PaymentNames[];
}

/** What an erasure searches for in stored messages. */
export interface PersonSearch extends PersonIdentifiers {
  person: DataSubject;
  /** Orders of the person. A hint names only an order, so it is found by this list. */
  orders: readonly GatewayOrder[];
  /** Searches only deliveries with a greater id. Ids are ordered by time. */
  after?: string;
}

/** A stored message as it is searched. */
export interface SearchedMessage {
  gateway: string;
  account: string;
  headers: readonly (readonly [string, string])[];
  bytes: Buffer;
}

/** A shorter id of a payment or an order ("6001") counts only if the name of its field says what it is. */
const MIN_DISTINCTIVE_LENGTH = 7;
const IDENTIFYING_FIELD = /order|payment|intent|charge|transaction|receipt|reference/i;
/** Characters that no id contains. */
const ID_SEPARATORS = /[\s"'`&=,;<>(){}[\]\\/?#|]+/;

/**
 * Tells whether a message names a person: by one of the identifiers anywhere, or by one of the payments and orders of the
 * message's gateway and account. Pure. The time is linear in the size of the message.
 */
export class PersonMentions {
  private readonly mentions: readonly ((text: string) => boolean)[];
  private readonly names: ReadonlyMap<string, ReadonlySet<string>>;

  constructor({ identifiers, names }: PersonIdentifiers) {
    this.mentions = identifiers.map(mentionMatcher);
    const byAccount = new Map<string, Set<string>>();
    for (const { gateway, account, gatewayPaymentId, orders } of names) {
      const known = byAccount.get(accountKey(gateway, account)) ?? new Set();
      for (const name of [gatewayPaymentId, ...orders]) known.add(name);
      byAccount.set(accountKey(gateway, account), known);
    }
    this.names = byAccount;
  }

  isIn(message: SearchedMessage): boolean {
    const texts = extractAllTexts(message);
    const names = this.names.get(accountKey(message.gateway, message.account));
    return (names !== undefined && hasName(texts, names)) || this.isNamed(texts.join('\n'));
  }

  /**
   * False only if the message cannot contain any of the identifiers. Parses nothing, so it takes a fraction of the time of
   * {@link isIn}. Always true for a message with escapes.
   */
  mayBeIn(bytes: Buffer, headers: SearchedMessage['headers']): boolean {
    const text = `${bytes.toString('utf8')}\n${headers.flat().join('\n')}`;
    return /\\u|%[0-9a-f]{2}/i.test(text) || this.isNamed(text);
  }

  private isNamed(text: string): boolean {
    return this.mentions.some((mentions) => mentions(text));
  }
}

const accountKey = (gateway: string, account: string): string => JSON.stringify([gateway, account]);

const extractAllTexts = ({ bytes, headers }: Pick<SearchedMessage, 'bytes' | 'headers'>): string[] => [
  ...extractTexts(bytes),
  ...headers.flat().flatMap(possibleSpellings),
];

function hasName(texts: readonly string[], names: ReadonlySet<string>): boolean {
  return texts.some(
    (text, at) =>
      (names.has(text) &&
        (text.length >= MIN_DISTINCTIVE_LENGTH || IDENTIFYING_FIELD.test(texts[at - 1] ?? ''))) ||
      extractIds(text).some((id) => names.has(id)),
  );
}

const extractIds = (text: string): string[] =>
  text.length < MIN_DISTINCTIVE_LENGTH
    ? []
    : text.split(ID_SEPARATORS).filter((id) => id.length >= MIN_DISTINCTIVE_LENGTH);

/** At most so many texts of one message are looked up among the erased payments. */
const MAX_NAMES = 1_000;

/** The texts in a message that may be the id of a payment or an order: at most 1,000, to be looked up among erased ones. */
export function extractPossibleNames(message: Pick<SearchedMessage, 'bytes' | 'headers'>): string[] {
  const names = new Set<string>();
  extractAllTexts(message).forEach((text, at, texts) => {
    if (names.size >= MAX_NAMES) return;
    if (text.length < MIN_DISTINCTIVE_LENGTH && text !== '' && IDENTIFYING_FIELD.test(texts[at - 1] ?? ''))
      names.add(text);
    if (text.length >= MIN_DISTINCTIVE_LENGTH && text.length <= 255) names.add(text);
    for (const id of extractIds(text)) if (id.length <= 255) names.add(id);
  });
  return [...names].slice(0, MAX_NAMES);
}
