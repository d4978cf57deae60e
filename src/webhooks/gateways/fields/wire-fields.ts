import { Type } from 'class-transformer';
import {
  IsInt,
  IsOptional,
  IsString,
  Max,
  Min,
  ValidateBy,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import {
  InvalidAmountError,
  type ExponentDeviations,
  exponentOf,
  integerToMinorUnits,
} from '../../../payments/report/index.js';
import { type ValidationIssue, isValidId, isValidType } from '../gateway.js';
import { allOf } from './all-of.js';

/** What fields of several gateways' bodies must be, and how they are read once they are. */

/** The last second of the year 9999: later ones no database can hold. */
const LAST_SECOND = 253_402_300_799;

export const IsUnixSeconds = (): PropertyDecorator => allOf(IsInt(), Min(0), Max(LAST_SECOND));

/**
 * Text of any length: for what only decorates a payment (contacts, messages, reasons). What is too long to be kept is
 * left out of the report (see `fitReport`), and the payment counts all the same.
 */
export const OptionalText = (): PropertyDecorator => allOf(IsOptional(), IsString());

/** Longer than any id of an order that is known: Stripe lets a value of `metadata` have 500 characters. */
export const MAX_ORDER_ID_LENGTH = 500;

const tooLong = (value: unknown): boolean => typeof value === 'string' && value.length > MAX_ORDER_ID_LENGTH;

/** Text that names an order. An identity is never cut off, so one that is too long is a fault. */
export const OptionalOrderId = (): PropertyDecorator => allOf(OptionalText(), NoLongOrderId());

/** The same in what merchants fill themselves: anything may stand there, but for an order's id that is too long. */
const NoLongOrderId = (): PropertyDecorator =>
  ValidateBy({
    name: 'isOrderId',
    validator: {
      validate: (value: unknown) => !tooLong(value),
      defaultMessage: () => `must be at most ${MAX_ORDER_ID_LENGTH} characters`,
    },
  });

/** The names under which merchants keep their order in what a gateway lets them fill (`metadata`, `notes`). */
export class MerchantFields {
  @NoLongOrderId() orderId?: unknown;
  @NoLongOrderId() order_id?: unknown;
}

/** Fields that a merchant fills: an object, or what else a gateway puts there when it is empty (`[]`, null, text). */
export const HoldsMerchantFields = (): PropertyDecorator =>
  allOf(
    ValidateIf((_, value) => typeof value === 'object' && value !== null && !Array.isArray(value)),
    ValidateNested(),
    Type(() => MerchantFields),
  );

export const IsGatewayId = (): PropertyDecorator =>
  ValidateBy({
    name: 'isGatewayId',
    validator: { validate: isValidId, defaultMessage: () => idIssue(null) ?? '' },
  });

/** A whole JSON number of minor units, by the rule (and in the words) of {@link integerToMinorUnits}. */
export const IsMinorUnits = (): PropertyDecorator =>
  ValidateBy({
    name: 'isMinorUnits',
    validator: {
      validate: (value: unknown) => minorUnitsIssue(value) === null,
      defaultMessage: (args) => minorUnitsIssue(args?.value) ?? '',
    },
  });

function minorUnitsIssue(value: unknown): string | null {
  try {
    integerToMinorUnits(value);
    return null;
  } catch (error) {
    if (error instanceof InvalidAmountError) return error.message;
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
  faults: ValidationIssue[],
  deviations: ExponentDeviations = {},
): string | null {
  // A code is three letters: longer text is not even turned to upper case.
  const code = value.length === 3 ? value.toUpperCase() : '';
  if (/^[A-Z]{3}$/.test(code) && exponentOf(code, deviations) !== null) return code;
  faults.push({ path, message: 'must be the code of a known currency' });
  return null;
}

const NOT_AN_OBJECT: ValidationIssue = { path: '$', message: 'must be an object' };

/** What an envelope that names its own id and type may have wrong with them; of a body that is none, only that. */
export function envelopeIssues(
  body: unknown,
  rules: Readonly<Record<string, (value: unknown) => string | null>>,
): ValidationIssue[] {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return [NOT_AN_OBJECT];
  return Object.entries(rules).flatMap(([path, rule]) => {
    const message = rule(fieldOf(body, path));
    return message === null ? [] : [{ path, message }];
  });
}

export const idIssue = (id: unknown): string | null =>
  isValidId(id) ? null : 'must be 1 to 255 printable ASCII characters';
export const typeIssue = (type: unknown): string | null =>
  isValidType(type) ? null : 'must be 1 to 255 characters';
