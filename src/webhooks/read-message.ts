import type { PaymentReport } from '../payments/index.js';
import { readDto } from './dto-reader.js';
import {
  UntranslatableError,
  type Fault,
  type Gateway,
  type Translation,
  type VerifiedMessage,
} from './gateways/gateway.js';

/** What a verified message is and says. Pure: the worker reads the stored bytes and gets the same. */
export interface Reading {
  /** Null: every delivery is new. */
  key: string | null;
  eventId: string | null;
  type: string | null;
  says: Translation | { is: 'faulty'; faults: readonly Fault[] };
}

export function readMessage(gateway: Gateway, message: VerifiedMessage): Reading {
  const identity = gateway.identify(message);
  const { key, eventId, type, faults } = identity;
  const says = faults.length > 0 ? faulty(faults) : whatItSays(gateway, message);
  return { key, eventId, type: type && plainText(type), says };
}

const faulty = (faults: readonly Fault[]) => ({ is: 'faulty', faults }) as const;

function whatItSays(gateway: Gateway, message: VerifiedMessage): Reading['says'] {
  if (message.body === null || typeof message.body !== 'object' || Array.isArray(message.body)) {
    return faulty([{ path: '$', message: 'must be an object' }]);
  }
  const dtoClass = gateway.dtoFor(message);
  if (dtoClass === null) return { is: 'ignored' };
  const reading = readDto(dtoClass, message.body);
  if ('faults' in reading) return faulty(reading.faults);
  try {
    const translation = gateway.translate(reading.dto, message);
    if (translation.is !== 'reports') return translation;
    // Nothing but an escape in JSON can stand for what PostgreSQL cannot keep, and hardly any message has one.
    const reports = message.raw.includes('\\u') ? translation.reports.map(storable) : translation.reports;
    return { is: 'reports', reports };
  } catch (error) {
    if (error instanceof UntranslatableError) return faulty(error.faults);
    throw error;
  }
}

/** A report as PostgreSQL can keep it: JSON may hold NUL and half characters, its text may not. */
function storable(report: PaymentReport): PaymentReport {
  return cleaned(report) as PaymentReport;
}

function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return plainText(value);
  if (value === null || typeof value !== 'object' || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, cleaned(part)]));
}

/** NUL is the very character that PostgreSQL refuses. */
const plainText = (text: string): string => text.replace(/\u0000/g, '').toWellFormed();
