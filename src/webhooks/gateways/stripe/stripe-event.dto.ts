import { type ClassConstructor, Type } from 'class-transformer';
import { IsBoolean, IsObject, IsOptional, IsString, ValidateBy, ValidateNested } from 'class-validator';
import { applyDecorators } from '@nestjs/common';
import { isValidId } from '../gateway.js';
import { fieldOf, IsGatewayId, IsMinorUnits, IsUnixSeconds, OptionalText } from '../wire-fields.js';

/**
 * What is read of Stripe's events: only fields that every API version from 2020-08-27 on has, or that may be absent.
 * The rest of a body is not looked at, so that a new version cannot break what it does not change.
 */

/** Stripe names another object by its id, or puts all of it there if it was told to expand it. */
export type Reference = string | { id: string } | null | undefined;

export function idOf(reference: unknown): string | null {
  const id = typeof reference === 'string' ? reference : fieldOf(reference, 'id');
  return isValidId(id) ? id : null;
}

const OptionalReference = (): PropertyDecorator =>
  applyDecorators(
    IsOptional(),
    ValidateBy({
      name: 'isReference',
      validator: {
        validate: (value: unknown) => idOf(value) !== null,
        defaultMessage: () => 'must be an id, or an object that has one',
      },
    }),
  );

const OptionalObject = (): PropertyDecorator => applyDecorators(IsOptional(), IsObject());

export class PersonDetails {
  @OptionalText() email?: string | null;
  @OptionalText() name?: string | null;
  @OptionalText() phone?: string | null;
}

export class PaymentError {
  @OptionalReference() charge?: Reference;
  @OptionalText() code?: string | null;
  @OptionalText() decline_code?: string | null;
  @OptionalText() message?: string | null;
  /** Whole, not only its id: the contact given with the card stands in it. */
  @IsOptional() payment_method?: unknown;
}

export class PaymentIntent {
  @IsGatewayId() id!: string;
  @IsMinorUnits() amount!: number;
  @IsOptional() @IsMinorUnits() amount_received?: number | null;
  @IsString() currency!: string;
  @OptionalReference() customer?: Reference;
  @OptionalText() receipt_email?: string | null;
  @OptionalObject() metadata?: object | null;
  /** Since 2022-11-15; before it, `charges` lists them, newest first. */
  @OptionalReference() latest_charge?: Reference;
  @IsOptional() charges?: unknown;
  @OptionalObject() @ValidateNested() @Type(() => PaymentError) last_payment_error?: PaymentError | null;
}

export class Charge {
  @IsGatewayId() id!: string;
  @OptionalReference() payment_intent?: Reference;
  @IsMinorUnits() amount!: number;
  @IsOptional() @IsMinorUnits() amount_captured?: number | null;
  @IsMinorUnits() amount_refunded!: number;
  @IsBoolean() captured!: boolean;
  @IsString() currency!: string;
  @OptionalReference() customer?: Reference;
  @OptionalText() receipt_email?: string | null;
  @OptionalObject() metadata?: object | null;
  @OptionalObject() @ValidateNested() @Type(() => PersonDetails) billing_details?: PersonDetails | null;
}

export class Refund {
  @IsGatewayId() id!: string;
  @OptionalReference() payment_intent?: Reference;
  @OptionalReference() charge?: Reference;
  @IsMinorUnits() amount!: number;
  @IsString() currency!: string;
  @IsString() status!: string;
  @IsOptional() @IsUnixSeconds() created?: number | null;
  @OptionalObject() metadata?: object | null;
}

export class Dispute {
  @IsGatewayId() id!: string;
  @OptionalReference() payment_intent?: Reference;
  @OptionalReference() charge?: Reference;
  @IsMinorUnits() amount!: number;
  @IsString() currency!: string;
  @IsString() status!: string;
  @OptionalText() reason?: string | null;
  @OptionalObject() metadata?: object | null;
}

export class CheckoutSession {
  /** Null for sessions that only set something up, or begin a subscription. */
  @OptionalReference() payment_intent?: Reference;
  @IsOptional() @IsMinorUnits() amount_total?: number | null;
  @OptionalText() currency?: string | null;
  @IsString() payment_status!: string;
  @OptionalText() client_reference_id?: string | null;
  @OptionalText() locale?: string | null;
  @OptionalReference() customer?: Reference;
  @OptionalText() customer_email?: string | null;
  @OptionalObject() @ValidateNested() @Type(() => PersonDetails) customer_details?: PersonDetails | null;
  @OptionalObject() metadata?: object | null;
}

export type StripeObject = PaymentIntent | Charge | Refund | Dispute | CheckoutSession;

/** The envelope; what it holds is added by {@link eventOf}. */
export abstract class StripeEvent {
  @IsString() type!: string;
  @IsUnixSeconds() created!: number;
  @IsOptional() @IsBoolean() livemode?: boolean | null;
  abstract data: { object: StripeObject };
}

function eventOf<T extends StripeObject>(objectClass: ClassConstructor<T>): ClassConstructor<StripeEvent> {
  class StripeEventData {
    @IsObject() @ValidateNested() @Type(() => objectClass) object!: T;
  }
  class StripeEventOf extends StripeEvent {
    @IsObject() @ValidateNested() @Type(() => StripeEventData) data!: StripeEventData;
  }
  return StripeEventOf;
}

export const PaymentIntentEvent = eventOf(PaymentIntent);
export const ChargeEvent = eventOf(Charge);
export const RefundEvent = eventOf(Refund);
export const DisputeEvent = eventOf(Dispute);
export const CheckoutSessionEvent = eventOf(CheckoutSession);
