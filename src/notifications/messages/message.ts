import Handlebars from 'handlebars';
import type { MinorUnits } from '../../payments/index.js';
import { failureReasonOf } from './failure-words.js';
import { formatMoney, formatMoment } from './figures.js';
import { HTML_TEMPLATE } from './html.template.js';
import { chooseLocale, type ChosenLocale } from './locale.js';
import { safeLink } from './retry-url.js';
import { displayableName, toHeaderValue, displayableOrderId } from './safe-text.js';
import { TEXT_TEMPLATE } from './text.template.js';

/** What a message is about. A null is not known and is left out; nothing here need be trusted. */
export interface MessageFacts {
  kind: 'payment_failed' | 'payment_received';
  orderId: string | null;
  amount: MinorUnits | null;
  /** Upper-case ISO 4217. */
  currency: string | null;
  /** Digits of the currency after the point. */
  exponent: number | null;
  /** The gateway's code; its message is never part of the facts. */
  failureCode: string | null;
  customerName: string | null;
  /** The customer's, as the gateway told it. */
  locale: string | null;
  occurredAt: Date;
  retryUrl: string | null;
}

/** A message ready to send. The subject is one line without controls; the locale is the one it was written in. */
export interface RenderedMessage {
  subject: string;
  text: string;
  html: string;
  locale: string;
}

/** What the templates may use. */
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

const html = Handlebars.compile<View>(HTML_TEMPLATE, { strict: true, knownHelpersOnly: true });
const text = Handlebars.compile<View>(TEXT_TEMPLATE, {
  strict: true,
  knownHelpersOnly: true,
  noEscape: true,
});

/**
 * The words of one notification. Pure, and never throws for what a gateway or a customer may have written: a doubtful
 * name, link, amount or locale is left out or replaced by the default. `defaultLocale` is a BCP 47 tag.
 */
export function renderMessage(facts: MessageFacts, defaultLocale: string): RenderedMessage {
  const locale = chooseLocale(facts.locale, defaultLocale);
  const view = viewOf(facts, locale);
  return { subject: view.subject, text: text(view), html: html(view), locale: locale.tag };
}

function viewOf(facts: MessageFacts, locale: ChosenLocale): View {
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
    ...(facts.kind === 'payment_failed' ? failedWords(facts, locale) : receivedWords(facts, locale)),
  };
}

type Words = Pick<View, 'subject' | 'title' | 'explanation' | 'link' | 'notes'>;

function failedWords(facts: MessageFacts, { catalog }: ChosenLocale): Words {
  const link = safeLink(facts.retryUrl);
  return {
    subject: subjectOf(facts, catalog.failedSubject, catalog.failedSubjectWithOrder),
    title: catalog.failedTitle,
    explanation: catalog.reasons[failureReasonOf(facts.failureCode)],
    link,
    notes: link === null ? [catalog.retryWithoutLink, catalog.alreadyPaid] : [catalog.alreadyPaid],
  };
}

function receivedWords(facts: MessageFacts, { catalog }: ChosenLocale): Words {
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

/** By a function, so that `$&` in a value stays what it is. */
const fillPlaceholder = (sentence: string, placeholder: string, value: string): string =>
  sentence.replace(`{${placeholder}}`, () => value);
