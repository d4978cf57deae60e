import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import type { PaymentReport } from '../payments/index.js';
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
  const dto = plainToInstance(dtoClass, message.body);
  const errors = validateSync(dto, { forbidUnknownValues: false });
  if (errors.length > 0) return faulty(faultsOf(errors));
  try {
    const translation = gateway.translate(dto, message);
    if (translation.is !== 'reports') return translation;
    return { is: 'reports', reports: translation.reports.map(storable) };
  } catch (error) {
    if (error instanceof UntranslatableError) return faulty(error.faults);
    throw error;
  }
}

/** One fault a path, at the path where it stands in the body. */
function faultsOf(errors: readonly ValidationError[], parent = ''): Fault[] {
  return errors.flatMap((error) => {
    const path = parent === '' ? error.property : `${parent}.${error.property}`;
    const message = Object.values(error.constraints ?? {})[0];
    const own = message === undefined ? [] : [{ path, message: withoutName(message, error.property) }];
    return [...own, ...faultsOf(error.children ?? [], path)];
  });
}

/** The path says where; the message need not begin with the property's name again. */
const withoutName = (message: string, property: string): string =>
  message.startsWith(`${property} `) ? message.slice(property.length + 1) : message;

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
