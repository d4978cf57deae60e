import type { PaymentReport } from '../../payments/index.js';
import { readDto } from './validate-dto.js';
import { faultList, type FaultList } from './issue-list.js';
import { fitReport, identityFaults } from './fit-report.js';
import {
  UntranslatableError,
  type Fault,
  type Gateway,
  type Translation,
  type VerifiedMessage,
} from '../gateways/gateway.js';

/** What a verified message is and says. Pure: the worker reads the stored bytes and gets the same. */
export interface Reading {
  /** Null: every delivery is new. */
  key: string | null;
  eventId: string | null;
  type: string | null;
  says: Said;
}

/** Reports may come with faults: of several events in one body, those that fit count and the others are told. */
export type Said =
  | ({ is: 'reports'; reports: readonly PaymentReport[]; places?: readonly number[] } & Partial<FaultList>)
  | Exclude<Translation, { is: 'reports' }>
  | ({ is: 'faulty' } & FaultList);

/** The faults that are stored with a message; null where nothing is wrong. */
export function faultsIn(says: Said): { faults: readonly Fault[]; more: number } | null {
  if (says.is !== 'faulty' && says.is !== 'reports') return null;
  return says.faults ? { faults: says.faults, more: says.more ?? 0 } : null;
}

/** Some of what the message says counts, and some of it is at fault. */
export const isPartial = (says: Said): boolean => says.is === 'reports' && says.faults !== undefined;

export function readMessage(gateway: Gateway, message: VerifiedMessage): Reading {
  const identity = gateway.identify(message);
  const { key, eventId, type, faults } = identity;
  const says = faults.length > 0 ? faulty(faults) : whatItSays(gateway, message);
  return { key, eventId, type: type && plainText(type), says };
}

const faulty = (faults: readonly Fault[]): Said => ({ is: 'faulty', ...faultList(faults) });

function whatItSays(gateway: Gateway, message: VerifiedMessage): Said {
  if (message.body === null || typeof message.body !== 'object' || Array.isArray(message.body)) {
    return faulty([{ path: '$', message: 'must be an object' }]);
  }
  const dtoClass = gateway.dtoFor(message);
  if (dtoClass === null) return { is: 'ignored' };
  const reading = readDto(dtoClass, message.body);
  if ('faults' in reading) return { is: 'faulty', ...reading };
  try {
    const translation = gateway.translate(reading.dto, message);
    return translation.is === 'reports' ? whatCounts(translation, message) : translation;
  } catch (error) {
    if (error instanceof UntranslatableError) return faulty(error.faults);
    throw error;
  }
}

/** The reports as they can be kept, and the faults of those that cannot. */
function whatCounts(translation: Extract<Translation, { is: 'reports' }>, { raw }: VerifiedMessage): Said {
  const { reports, faults = [], more = 0, places } = translation;
  // Nothing but an escape in JSON can stand for what PostgreSQL cannot keep, and hardly any message has one.
  const kept = raw.includes('\\u') ? reports.map(storable) : reports;
  const unfit = kept.map(identityFaults);
  const told = [...faults, ...unfit.flat()];
  if (told.length === 0) return { is: 'reports', reports: kept.map(fitReport), ...(places && { places }) };
  const fit = kept.flatMap((report, at) =>
    unfit[at]?.length === 0 ? [{ report: fitReport(report), place: places?.[at] ?? at }] : [],
  );
  if (fit.length === 0) return { is: 'faulty', ...faultList(told, more) };
  return {
    is: 'reports',
    reports: fit.map(({ report }) => report),
    places: fit.map(({ place }) => place),
    ...faultList(told, more),
  };
}

/** A report as PostgreSQL can keep it: JSON may hold NUL and half characters, its text may not. */
function storable(report: PaymentReport): PaymentReport {
  return cleaned(report) as PaymentReport;
}

function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return plainText(value);
  if (value === null || typeof value !== 'object' || value instanceof Date) return value;
  if (Array.isArray(value)) return value.map(cleaned);
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, cleaned(part)]));
}

/** NUL is the very character that PostgreSQL refuses. */
const plainText = (text: string): string => text.replace(/\u0000/g, '').toWellFormed();
