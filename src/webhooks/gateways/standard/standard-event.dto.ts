import { type ClassConstructor, Type } from 'class-transformer';
import { Allow, IsObject, IsOptional, ValidateBy, ValidateIf, ValidateNested } from 'class-validator';
import { applyDecorators } from '@nestjs/common';
import { IsGatewayId } from '../fields/wire-fields.js';
import { IsCurrency, IsDecimalAmount } from '../fields/decimal-fields.js';
import { IsCaptureList } from './standard.captures.js';
import { parseIsoTime } from '../fields/iso-time.js';
import { EVENTS, type StandardEventName, type StandardStatus, type StatusRule } from './standard.kinds.js';

/** Text of 1 to `longest` characters, without NUL, which PostgreSQL's text cannot hold. */
const IsText = (longest: number): PropertyDecorator =>
  ValidateBy({
    name: 'isText',
    validator: {
      validate: (value: unknown) =>
        typeof value === 'string' && value.length >= 1 && value.length <= longest && !value.includes('\0'),
      defaultMessage: () => `must be a string of 1 to ${longest} characters`,
    },
  });

/** Text that may be left out, null or empty: none of these says anything. */
const OptionalText = (longest: number): PropertyDecorator =>
  applyDecorators(
    ValidateIf((_, value) => value !== undefined && value !== null && value !== ''),
    IsText(longest),
  );

const OptionalObject = (): PropertyDecorator => applyDecorators(IsOptional(), IsObject(), ValidateNested());

const IsIsoTime = (): PropertyDecorator =>
  ValidateBy({
    name: 'isIsoTime',
    validator: {
      validate: (value: unknown) => parseIsoTime(value) !== null,
      defaultMessage: () => 'must be an ISO 8601 time with seconds and a zone',
    },
  });

const IsStatus = ({ statuses, implied }: StatusRule): PropertyDecorator =>
  ValidateBy({
    name: 'isStatus',
    validator: {
      validate: (value: unknown) =>
        (implied !== null && (value === undefined || value === null)) ||
        statuses.some((status) => status === value),
      defaultMessage: () => `must be one of ${statuses.join(', ')}`,
    },
  });

/** A contact need not be one that mail can reach: what cannot be used is told where it would be. */
export class StandardCustomer {
  @OptionalText(255) id?: string | null;
  @OptionalText(320) email?: string | null;
  @OptionalText(64) phone?: string | null;
  @OptionalText(255) name?: string | null;
  @OptionalText(64) locale?: string | null;
}

export class StandardFailure {
  @OptionalText(255) code?: string | null;
  @OptionalText(2000) message?: string | null;
}

/** Amounts are decimals of `currency`. */
export abstract class StandardPayment {
  @IsGatewayId() paymentId!: string;
  @IsDecimalAmount() amount!: number | string;
  @IsCurrency() currency!: string;
  @IsText(255) orderId!: string;
  /** Which attempt at paying this is. */
  @IsOptional() @IsGatewayId() attemptId?: string | null;
  /** Left out of a success: all of `amount`. */
  @IsOptional() @IsDecimalAmount() amountCaptured?: number | string | null;
  /** Everything refunded so far. Left out of `refunded`: all; `partially_refunded` cannot do without. */
  @ValidateIf(({ status }: StandardPayment, value) => value != null || status === 'partially_refunded')
  @IsDecimalAmount()
  refundedAmount?: number | string | null;
  /** Everything captured that went again, so far. Left out of `reversed`: what its captures say, else all. */
  @IsOptional() @IsDecimalAmount() reversedAmount?: number | string | null;
  /** Where captures have ids. One left out stays as it was told before. */
  @IsOptional() @IsCaptureList() captures?: unknown[] | null;
  @OptionalObject() @Type(() => StandardCustomer) customer?: StandardCustomer | null;
  @OptionalObject() @Type(() => StandardFailure) failure?: StandardFailure | null;
  abstract status?: StandardStatus | null;
}

/** The body: `type`, as the specification has it, stands in for `event`, which wins. */
export abstract class StandardEvent {
  @Allow() event?: string | null;
  @Allow() type?: string | null;
  @IsIsoTime() timestamp!: string;
  abstract data: StandardPayment;
}

function eventOf(rule: StatusRule): ClassConstructor<StandardEvent> {
  class StandardPaymentOf extends StandardPayment {
    @IsStatus(rule) status?: StandardStatus | null;
  }
  class StandardEventOf extends StandardEvent {
    @IsObject() @ValidateNested() @Type(() => StandardPaymentOf) data!: StandardPaymentOf;
  }
  return StandardEventOf;
}

/** What a body must be whose name begins with `payment.` and is none of ours, or that has no name: another. */
export class UnknownStandardEvent {
  @ValidateBy({
    name: 'isEventName',
    validator: {
      validate: () => false,
      defaultMessage: () => `must be one of ${Object.keys(EVENTS).join(', ')}`,
    },
  })
  event?: unknown;
}

export const EVENT_DTOS: Readonly<Record<StandardEventName, ClassConstructor<StandardEvent>>> = {
  'payment.updated': eventOf(EVENTS['payment.updated']),
  'payment.created': eventOf(EVENTS['payment.created']),
  'payment.authorized': eventOf(EVENTS['payment.authorized']),
  'payment.failed': eventOf(EVENTS['payment.failed']),
};
