import { applyDecorators } from '@nestjs/common';
import { IsInt, IsOptional, IsString, Max, Min, ValidateBy } from 'class-validator';
import {
  AmountFault,
  type ExponentDeviations,
  exponentOf,
  integerToMinorUnits,
} from '../../payments/index.js';
import { type Fault, isValidId, isValidType } from './gateway.js';

/** What fields of several gateways' bodies must be, and how they are read once they are. */

/** The last second of the year 9999: later ones no database can hold. */
const LAST_SECOND = 253_402_300_799;

export const IsUnixSeconds = (): PropertyDecorator => applyDecorators(IsInt(), Min(0), Max(LAST_SECOND));

export const OptionalText = (): PropertyDecorator => applyDecorators(IsOptional(), IsString());

export const IsGatewayId = (): PropertyDecorator =>
  ValidateBy({
    name: 'isGatewayId',
    validator: { validate: isValidId, defaultMessage: () => idFault(null) ?? '' },
  });

/** A whole JSON number of minor units, by the rule (and in the words) of {@link integerToMinorUnits}. */
export const IsMinorUnits = (): PropertyDecorator =>
  ValidateBy({
    name: 'isMinorUnits',
    validator: {
      validate: (value: unknown) => minorUnitsFault(value) === null,
      defaultMessage: (args) => minorUnitsFault(args?.value) ?? '',
    },
  });

function minorUnitsFault(value: unknown): string | null {
  try {
    integerToMinorUnits(value);
    return null;
  } catch (error) {
    if (error instanceof AmountFault) return error.message;
    throw error;
  }
}

/** The first of the values that says something, as it was told; blank text says nothing. */
export function firstText(...values: readonly unknown[]): string | null {
  const told = values.find((value) => typeof value === 'string' && value.trim() !== '');
  return typeof told === 'string' ? told : null;
}

/** A field of something that may or may not be an object: own fields only, undefined where there is none. */
export function fieldOf(value: unknown, field: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, field)) return undefined;
  return (value as Record<string, unknown>)[field];
}

/** The upper-case code of a currency with a known number of digits; null, and a fault at the path, for another. */
export function readCurrency(
  value: string,
  path: string,
  faults: Fault[],
  deviations: ExponentDeviations = {},
): string | null {
  const code = value.toUpperCase();
  if (/^[A-Z]{3}$/.test(code) && exponentOf(code, deviations) !== null) return code;
  faults.push({ path, message: 'must be the code of a known currency' });
  return null;
}

const NOT_AN_OBJECT: Fault = { path: '$', message: 'must be an object' };

/** What an envelope that names its own id and type may have wrong with them; of a body that is none, only that. */
export function envelopeFaults(
  body: unknown,
  rules: Readonly<Record<string, (value: unknown) => string | null>>,
): Fault[] {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return [NOT_AN_OBJECT];
  return Object.entries(rules).flatMap(([path, rule]) => {
    const message = rule(fieldOf(body, path));
    return message === null ? [] : [{ path, message }];
  });
}

export const idFault = (id: unknown): string | null =>
  isValidId(id) ? null : 'must be 1 to 255 printable ASCII characters';
export const typeFault = (type: unknown): string | null =>
  isValidType(type) ? null : 'must be 1 to 255 characters';
