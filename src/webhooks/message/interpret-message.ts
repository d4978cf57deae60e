import type { PaymentReport } from '../../payments/index.js';
import { validateDto } from './validate-dto.js';
import { boundIssues, IssueCollector, type ValidationIssues } from './issue-list.js';
import { boundReport, validateIdentities } from './fit-report.js';
import {
  type BodyEvent,
  isValidHint,
  UntranslatableError,
  type ValidationIssue,
  type Gateway,
  type Translation,
  type VerifiedMessage,
} from '../gateways/gateway.js';

/** What a verified message is and says. Pure: the worker reads the stored bytes and gets the same. */
export interface InterpretedMessage {
  /** Null: every delivery is new. */
  key: string | null;
  eventId: string | null;
  type: string | null;
  content: MessageContent;
}

/** What a report is known by: the key of its event, or of the delivery where the event has none; then its place. */
export interface ReportKey {
  readonly event: string | null;
  /** Empty for the first report of a body, so that it is known by the key alone. */
  readonly suffix: string;
}

/**
 * `keys` tells what each report is known by. Left out: the delivery's key and the index.
 *
 * Reports may come with issues. Of several events in one body those that fit count, and what is wrong with the others is
 * told.
 */
export type MessageContent =
  | ({
      kind: 'reports';
      reports: readonly PaymentReport[];
      keys?: readonly ReportKey[];
    } & Partial<ValidationIssues>)
  | Exclude<Translation, { kind: 'reports' }>
  | ({ kind: 'invalid' } & ValidationIssues);

/** The issues that are stored with a message; null where nothing is wrong. */
export function issuesIn(
  content: MessageContent,
): { issues: readonly ValidationIssue[]; more: number } | null {
  if (content.kind !== 'invalid' && content.kind !== 'reports') return null;
  return content.issues ? { issues: content.issues, more: content.more ?? 0 } : null;
}

/** Some of what the message says counts, and some of it has issues. */
export const isPartial = (content: MessageContent): boolean =>
  content.kind === 'reports' && content.issues !== undefined;

/**
 * Begins the key of a gateway's test message; its type follows. So a test message spends no key of an event, and those of
 * a type are one delivery. No id has a tab (`isValidId`), and no digest.
 */
export const TEST_KEY_PREFIX = '\ttest\t';

/** Whether this is the key of a gateway's test message. */
export const isTestKey = (key: string): boolean => key.startsWith(TEST_KEY_PREFIX);

export function interpretMessage(gateway: Gateway, message: VerifiedMessage): InterpretedMessage {
  const { key, eventId, type, issues } = gateway.identify(message);
  if (gateway.isTest?.(message)) {
    const known = type && toStorableText(type);
    return { key: `${TEST_KEY_PREFIX}${known ?? ''}`, eventId, type: known, content: { kind: 'ignored' } };
  }
  const content = issues.length > 0 ? invalidContent(issues) : interpretBody(gateway, message);
  return { key, eventId, type: type && toStorableText(type), content };
}

const invalidContent = (issues: readonly ValidationIssue[]): MessageContent => ({
  kind: 'invalid',
  ...boundIssues(issues),
});

function interpretBody(gateway: Gateway, message: VerifiedMessage): MessageContent {
  if (!gateway.eventsIn) return interpretEvent(gateway, message);
  try {
    return interpretEvents(gateway, message, gateway.eventsIn(message));
  } catch (error) {
    if (error instanceof UntranslatableError) return invalidContent(error.issues);
    throw error;
  }
}

function interpretEvent(gateway: Gateway, message: VerifiedMessage): MessageContent {
  if (message.body === null || typeof message.body !== 'object' || Array.isArray(message.body)) {
    return invalidContent([{ path: '$', message: 'must be an object' }]);
  }
  const dtoClass = gateway.dtoFor(message);
  if (dtoClass === null) return { kind: 'ignored' };
  const validated = validateDto(dtoClass, message.body);
  if ('issues' in validated) return { kind: 'invalid', ...validated };
  try {
    const translation = gateway.translate(validated.dto, message);
    if (translation.kind === 'reports') return acceptReports(translation, message);
    return translation.kind === 'hint' && !isValidHint(translation.hint)
      ? invalidContent([{ path: '$', message: 'names what cannot be asked about: it is too long' }])
      : translation;
  } catch (error) {
    if (error instanceof UntranslatableError) return invalidContent(error.issues);
    throw error;
  }
}

/** The reports as they can be stored, and the issues of those that cannot. */
function acceptReports(
  { reports, keys }: Extract<Translation, { kind: 'reports' }>,
  { raw }: VerifiedMessage,
): MessageContent {
  const keyOf = (at: number): ReportKey => {
    const own = keys?.[at];
    return own === undefined ? { event: null, suffix: suffixOf(at) } : { event: own, suffix: '' };
  };
  // Only an escape in JSON can stand for what PostgreSQL cannot store, and hardly any message has one.
  const storable = raw.includes('\\u') ? reports.map(toStorableReport) : reports;
  const issues = storable.map(validateIdentities);
  if (issues.every((found) => found.length === 0))
    return {
      kind: 'reports',
      reports: storable.map(boundReport),
      ...(keys && { keys: keys.map((_, at) => keyOf(at)) }),
    };
  const fit = storable.flatMap((report, at) =>
    issues[at]?.length === 0 ? [{ report: boundReport(report), at }] : [],
  );
  if (fit.length === 0) return invalidContent(issues.flat());
  return {
    kind: 'reports',
    reports: fit.map(({ report }) => report),
    keys: fit.map(({ at }) => keyOf(at)),
    ...boundIssues(issues.flat()),
  };
}

/** Each event is read by itself, so that a faulty one does not keep the others from being processed. */
function interpretEvents(
  gateway: Gateway,
  message: VerifiedMessage,
  events: readonly BodyEvent[],
): MessageContent {
  const reports: PaymentReport[] = [];
  const keys: ReportKey[] = [];
  const seen = new Set<string>();
  const issues = new IssueCollector();
  events.forEach(({ path, body, key }, place) => {
    if (key !== null && seen.has(key)) return;
    if (key !== null) seen.add(key);
    const content = interpretEvent(gateway, { ...message, body });
    if (content.kind === 'hint') issues.add(path, () => 'must be an event: a body of several asks nothing');
    if (content.kind === 'invalid') issues.addAll(content, path);
    if (content.kind !== 'reports') return;
    if (content.issues) issues.addAll({ issues: content.issues, more: content.more }, path);
    content.reports.forEach((report, at) => {
      const own = content.keys?.[at];
      const suffix = own?.suffix ?? suffixOf(at);
      reports.push(report);
      keys.push(
        own?.event != null ? own : { event: key, suffix: key === null ? placeOf(place, suffix) : suffix },
      );
    });
  });
  const { issues: found, more } = issues.list;
  if (reports.length === 0)
    return found.length > 0 ? { kind: 'invalid', issues: found, more } : { kind: 'ignored' };
  return { kind: 'reports', reports, keys, ...(found.length > 0 && { issues: found, more }) };
}

export const suffixOf = (at: number): string => (at === 0 ? '' : `#${at}`);

const placeOf = (place: number, suffix: string): string =>
  suffix === '' ? suffixOf(place) : `#${place}${suffix.replace('#', '.')}`;

/** A report as PostgreSQL can keep it: JSON may hold NUL and half characters, its text may not. */
function toStorableReport(report: PaymentReport): PaymentReport {
  return removeUnstorableText(report) as PaymentReport;
}

function removeUnstorableText(value: unknown): unknown {
  if (typeof value === 'string') return toStorableText(value);
  if (value === null || typeof value !== 'object' || value instanceof Date) return value;
  if (Array.isArray(value)) return value.map(removeUnstorableText);
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, removeUnstorableText(part)]));
}

/** NUL is the very character that PostgreSQL refuses. */
const toStorableText = (text: string): string => text.replace(/\u0000/g, '').toWellFormed();
