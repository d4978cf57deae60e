import Handlebars from 'handlebars';
import type { FailureReason, MinorUnits, NextAttempt } from '../../payments/index.js';
import type { NotificationKind } from '../kinds/message-kinds.js';
import { FailureWords } from './failure-words.js';
import { formatMoney, formatMoment } from './figures.js';
import type { AskingWords, Catalog } from './catalogs/index.js';
import { HTML_TEMPLATE } from './html.template.js';
import { chooseLocale, type ChosenLocale } from './locale.js';
import { safeLink } from './retry-url.js';
import { displayableName, toHeaderValue, displayableOrderId } from './safe-text.js';
import { TEXT_TEMPLATE } from './text.template.js';

/** What a message is about. Null means unknown, and the message leaves it out. No value is trusted. */
export interface MessageFacts {
  kind: NotificationKind;
  orderId: string | null;
  /** What the message is about: of a note about a refund what was refunded, else the amount of the payment. */
  amount: MinorUnits | null;
  /** The amount is the total of all refunds of the payment. */
  isTotal?: boolean;
  /** Upper-case ISO 4217. */
  currency: string | null;
  /** How many digits the currency has after the decimal point. */
  exponent: number | null;
  /** The gateway's code. The gateway's message is never used. */
  failureCode: string | null;
  /** The gateway whose code it is. Left out: the code has its common meaning. */
  gateway?: string;
  customerName: string | null;
  /** The customer's locale, as the gateway reported it. */
  locale: string | null;
  occurredAt: Date;
  retryUrl: string | null;
  /** Left out: unknown. */
  nextAttempt?: NextAttempt;
}

/** A message ready to send. The subject is one line without control characters. `locale` is the locale of the text. */
export interface RenderedMessage {
  subject: string;
  text: string;
  html: string;
  locale: string;
}

/** The values that the templates may use. */
interface View {
  lang: string;
  subject: string;
  title: string;
  greeting: string;
  explanation: string;
  details: readonly { label: string; value: string }[];
  link: string | null;
  lead: string;
  button: string;
  plainUrlLead: string;
  notes: readonly string[];
  automatic: string;
}

/** Without a gateway only spellings in common use are known. */
const COMMON_WORDS = new FailureWords([]);

const html = Handlebars.compile<View>(HTML_TEMPLATE, { strict: true, knownHelpersOnly: true });
const text = Handlebars.compile<View>(TEXT_TEMPLATE, {
  strict: true,
  knownHelpersOnly: true,
  noEscape: true,
});

/**
 * What a message says, as it was when the message was decided. It is stored, and {@link renderFrozen} makes the message
 * of it at any later time. What depends on settings or on the gateways in force is resolved. The column keeps rows of
 * earlier versions, so a property may be added here and none may change its meaning.
 */
export interface FrozenFacts extends Pick<
  MessageFacts,
  'orderId' | 'amount' | 'currency' | 'exponent' | 'customerName' | 'retryUrl' | 'isTotal' | 'nextAttempt'
> {
  /** A BCP 47 tag whose language has a catalog. */
  locale: string;
  /** What the customer reads as the reason of the failure. */
  reason: FailureReason;
}

/** What a message is about that its row says already. */
export type MessageSubject = Pick<MessageFacts, 'kind' | 'occurredAt'>;

/** Pure. A doubtful locale is replaced by `defaultLocale`, a BCP 47 tag. */
export function freezeFacts(
  facts: MessageFacts,
  defaultLocale: string,
  words: FailureWords = COMMON_WORDS,
): FrozenFacts {
  const { orderId, amount, currency, exponent, customerName, retryUrl, isTotal, nextAttempt } = facts;
  const locale = chooseLocale(facts.locale, defaultLocale).tag;
  const reason = words.reasonOf(facts.failureCode, facts.gateway);
  return {
    ...{ orderId, amount, currency, exponent, customerName, retryUrl, locale, reason },
    ...(isTotal && { isTotal }),
    ...(nextAttempt !== undefined && { nextAttempt }),
  };
}

/**
 * Renders one notification. Pure. It never throws because of a value from a gateway or a customer: a doubtful name, link
 * or amount is left out.
 */
export function renderFrozen(frozen: FrozenFacts, subject: MessageSubject): RenderedMessage {
  const locale = chooseLocale(frozen.locale, 'en');
  const view = viewOf({ ...frozen, ...subject }, locale);
  return { subject: view.subject, text: text(view), html: html(view), locale: locale.tag };
}

/** Freezes and renders at once. */
export const renderMessage = (
  facts: MessageFacts,
  defaultLocale: string,
  words: FailureWords = COMMON_WORDS,
): RenderedMessage => renderFrozen(freezeFacts(facts, defaultLocale, words), facts);

type Facts = FrozenFacts & MessageSubject;

function viewOf(facts: Facts, locale: ChosenLocale): View {
  const { catalog, tag } = locale;
  const name = displayableName(facts.customerName);
  const words = catalog.kinds[facts.kind];
  return {
    lang: tag,
    subject: subjectOf(facts, words.subject, words.subjectWithOrder),
    title: words.title,
    greeting: name === null ? catalog.greeting : fillPlaceholder(catalog.greetingWithName, 'name', name),
    details: detailsOf(facts, locale),
    plainUrlLead: catalog.plainUrlLead,
    automatic: catalog.automatic,
    ...sentencesOf(facts, locale),
  };
}

type Sentences = Pick<View, 'explanation' | 'link' | 'lead' | 'button' | 'notes'>;

function sentencesOf(facts: Facts, { catalog, tag }: ChosenLocale): Sentences {
  const { kinds, reasons, alreadyPaid } = catalog;
  switch (facts.kind) {
    case 'payment_failed':
      return {
        explanation: reasons[facts.reason],
        ...asking(facts, kinds.payment_failed, [...nextAttemptOf(facts, { catalog, tag }), alreadyPaid]),
      };
    case 'reminder':
      return { explanation: kinds.reminder.text, ...asking(facts, kinds.reminder, [alreadyPaid]) };
    default:
      return { explanation: kinds[facts.kind].text, link: null, lead: '', button: '', notes: [] };
  }
}

/** The link to pay, or the sentence about what to do without one. */
function asking(
  { retryUrl }: Facts,
  { lead, button, withoutLink }: AskingWords,
  notes: readonly string[],
): Omit<Sentences, 'explanation'> {
  const link = safeLink(retryUrl);
  return { link, lead, button, notes: link === null ? [withoutLink, ...notes] : notes };
}

/** What the gateway does by itself. Nothing where that is unknown. */
function nextAttemptOf({ nextAttempt }: Facts, { catalog, tag }: ChosenLocale): string[] {
  if (nextAttempt === undefined) return [];
  if (nextAttempt === 'none') return [catalog.noNextAttempt];
  const when = formatMoment(new Date(nextAttempt), tag);
  return when === null ? [] : [fillPlaceholder(catalog.nextAttempt, 'when', when)];
}

function subjectOf(facts: Facts, without: string, withOrder: string): string {
  const order = displayableOrderId(facts.orderId);
  return toHeaderValue(order === null ? without : fillPlaceholder(withOrder, 'order', order));
}

function detailsOf(facts: Facts, { catalog, tag }: ChosenLocale): View['details'] {
  const rows: readonly (readonly [string, string | null])[] = [
    [catalog.order, displayableOrderId(facts.orderId)],
    [amountLabel(facts, catalog), formatMoney(facts.amount, facts.currency, facts.exponent, tag)],
    [catalog.when, formatMoment(facts.occurredAt, tag)],
  ];
  return rows.flatMap(([label, value]) => (value === null ? [] : [{ label, value }]));
}

const amountLabel = ({ kind, isTotal }: Facts, catalog: Catalog): string => {
  if (kind !== 'refund_note') return catalog.amount;
  return isTotal === true ? catalog.refundedInTotal : catalog.refunded;
};

/** Replaces by a function, because in a replacement string `$&` has a meaning. */
const fillPlaceholder = (sentence: string, placeholder: string, value: string): string =>
  sentence.replace(`{${placeholder}}`, () => value);
