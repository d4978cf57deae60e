import Handlebars from 'handlebars';
import type { MinorUnits } from '../../payments/index.js';
import { FailureWords } from './failure-words.js';
import { formatMoney, formatMoment } from './figures.js';
import { HTML_TEMPLATE } from './html.template.js';
import { chooseLocale, type ChosenLocale } from './locale.js';
import { safeLink } from './retry-url.js';
import { displayableName, toHeaderValue, displayableOrderId } from './safe-text.js';
import { TEXT_TEMPLATE } from './text.template.js';

/** What a message is about. Null means unknown, and the message leaves it out. No value is trusted. */
export interface MessageFacts {
  kind: 'payment_failed' | 'payment_received';
  orderId: string | null;
  amount: MinorUnits | null;
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
  retryLead: string;
  retryButton: string;
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
 * Renders one notification. Pure. It never throws because of a value from a gateway or a customer: a doubtful name,
 * link or amount is left out, and a doubtful locale is replaced by `defaultLocale`, a BCP 47 tag.
 */
export function renderMessage(
  facts: MessageFacts,
  defaultLocale: string,
  words: FailureWords = COMMON_WORDS,
): RenderedMessage {
  const locale = chooseLocale(facts.locale, defaultLocale);
  const view = viewOf(facts, locale, words);
  return { subject: view.subject, text: text(view), html: html(view), locale: locale.tag };
}

function viewOf(facts: MessageFacts, locale: ChosenLocale, failures: FailureWords): View {
  const { catalog, tag } = locale;
  const name = displayableName(facts.customerName);
  return {
    lang: tag,
    greeting: name === null ? catalog.greeting : fillPlaceholder(catalog.greetingWithName, 'name', name),
    details: detailsOf(facts, locale),
    retryLead: catalog.retryLead,
    retryButton: catalog.retryButton,
    plainUrlLead: catalog.plainUrlLead,
    automatic: catalog.automatic,
    ...(facts.kind === 'payment_failed'
      ? failedSentences(facts, locale, failures)
      : receivedSentences(facts, locale)),
  };
}

type Sentences = Pick<View, 'subject' | 'title' | 'explanation' | 'link' | 'notes'>;

function failedSentences(facts: MessageFacts, { catalog }: ChosenLocale, failures: FailureWords): Sentences {
  const link = safeLink(facts.retryUrl);
  return {
    subject: subjectOf(facts, catalog.failedSubject, catalog.failedSubjectWithOrder),
    title: catalog.failedTitle,
    explanation: catalog.reasons[failures.reasonOf(facts.failureCode, facts.gateway)],
    link,
    notes: link === null ? [catalog.retryWithoutLink, catalog.alreadyPaid] : [catalog.alreadyPaid],
  };
}

function receivedSentences(facts: MessageFacts, { catalog }: ChosenLocale): Sentences {
  return {
    subject: subjectOf(facts, catalog.receivedSubject, catalog.receivedSubjectWithOrder),
    title: catalog.receivedTitle,
    explanation: catalog.receivedText,
    link: null,
    notes: [],
  };
}

function subjectOf(facts: MessageFacts, without: string, withOrder: string): string {
  const order = displayableOrderId(facts.orderId);
  return toHeaderValue(order === null ? without : fillPlaceholder(withOrder, 'order', order));
}

function detailsOf(facts: MessageFacts, { catalog, tag }: ChosenLocale): View['details'] {
  const rows: readonly (readonly [string, string | null])[] = [
    [catalog.order, displayableOrderId(facts.orderId)],
    [catalog.amount, formatMoney(facts.amount, facts.currency, facts.exponent, tag)],
    [catalog.when, formatMoment(facts.occurredAt, tag)],
  ];
  return rows.flatMap(([label, value]) => (value === null ? [] : [{ label, value }]));
}

/** Replaces by a function, because in a replacement string `$&` has a meaning. */
const fillPlaceholder = (sentence: string, placeholder: string, value: string): string =>
  sentence.replace(`{${placeholder}}`, () => value);
