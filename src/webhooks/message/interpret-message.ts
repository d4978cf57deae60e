import type { PaymentReport } from '../../payments/index.js';
import { validateDto } from './validate-dto.js';
import { boundIssues, type ValidationIssues } from './issue-list.js';
import { boundReport, validateIdentities } from './fit-report.js';
import {
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

/** Reports may come with faults: of several events in one body, those that fit count and the others are told. */
export type MessageContent =
  | ({
      kind: 'reports';
      reports: readonly PaymentReport[];
      places?: readonly number[];
    } & Partial<ValidationIssues>)
  | Exclude<Translation, { kind: 'reports' }>
  | ({ kind: 'faulty' } & ValidationIssues);

/** The faults that are stored with a message; null where nothing is wrong. */
export function issuesIn(says: MessageContent): { faults: readonly ValidationIssue[]; more: number } | null {
  if (says.kind !== 'faulty' && says.kind !== 'reports') return null;
  return says.issues ? { faults: says.issues, more: says.more ?? 0 } : null;
}

/** Some of what the message says counts, and some of it is at fault. */
export const isPartial = (says: MessageContent): boolean =>
  says.kind === 'reports' && says.issues !== undefined;

export function interpretMessage(gateway: Gateway, message: VerifiedMessage): InterpretedMessage {
  const identity = gateway.identify(message);
  const { key, eventId, type, issues: faults } = identity;
  const says = faults.length > 0 ? invalidContent(faults) : interpretBody(gateway, message);
  return { key, eventId, type: type && toStorableText(type), content: says };
}

const invalidContent = (faults: readonly ValidationIssue[]): MessageContent => ({
  kind: 'faulty',
  ...boundIssues(faults),
});

function interpretBody(gateway: Gateway, message: VerifiedMessage): MessageContent {
  if (message.body === null || typeof message.body !== 'object' || Array.isArray(message.body)) {
    return invalidContent([{ path: '$', message: 'must be an object' }]);
  }
  const dtoClass = gateway.dtoFor(message);
  if (dtoClass === null) return { kind: 'ignored' };
  const reading = validateDto(dtoClass, message.body);
  if ('issues' in reading) return { kind: 'faulty', ...reading };
  try {
    const translation = gateway.translate(reading.dto, message);
    return translation.kind === 'reports' ? acceptReports(translation, message) : translation;
  } catch (error) {
    if (error instanceof UntranslatableError) return invalidContent(error.issues);
    throw error;
  }
}

/** The reports as they can be kept, and the faults of those that cannot. */
function acceptReports(
  translation: Extract<Translation, { kind: 'reports' }>,
  { raw }: VerifiedMessage,
): MessageContent {
  const { reports, issues: faults = [], more = 0, places } = translation;
  // Nothing but an escape in JSON can stand for what PostgreSQL cannot keep, and hardly any message has one.
  const kept = raw.includes('\\u') ? reports.map(toStorableReport) : reports;
  const unfit = kept.map(validateIdentities);
  const told = [...faults, ...unfit.flat()];
  if (told.length === 0)
    return { kind: 'reports', reports: kept.map(boundReport), ...(places && { places }) };
  const fit = kept.flatMap((report, at) =>
    unfit[at]?.length === 0 ? [{ report: boundReport(report), place: places?.[at] ?? at }] : [],
  );
  if (fit.length === 0) return { kind: 'faulty', ...boundIssues(told, more) };
  return {
    kind: 'reports',
    reports: fit.map(({ report }) => report),
    places: fit.map(({ place }) => place),
    ...boundIssues(told, more),
  };
}

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
