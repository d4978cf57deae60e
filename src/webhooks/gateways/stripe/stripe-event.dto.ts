import { type ClassConstructor, Type } from 'class-transformer';
import {
  IsBoolean,
  IsObject,
  IsOptional,
  IsString,
  ValidateBy,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { applyDecorators } from '@nestjs/common';
import { isValidId } from '../gateway.js';
import {
  fieldOf,
  IsGatewayId,
  IsMinorUnits,
  IsUnixSeconds,
  MerchantFields,
  OptionalOrderId,
  OptionalText,
} from '../fields/wire-fields.js';

/**
 * What is read of Stripe's events: only fields that every API version from 2015 on has, or that may be absent.
 * The rest of a body is not looked at, so that a new version cannot break what it does not change. A field that no
 * statement depends on is `unknown` here and is read where it has the expected form: it never parks an event.
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

/** Absent in some API versions, never null in any. */
const UnlessAbsent = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);

/**
 * What the merchant filled in, of which only the order's id is read: an object, or the empty array that PHP writes for
 * an object without entries.
 */
const OptionalMetadata = (): PropertyDecorator =>
  applyDecorators(
    ValidateIf((_, value) => value !== undefined && value !== null && !Array.isArray(value)),
    IsObject(),
    ValidateNested(),
    Type(() => MerchantFields),
  );

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
  /** The card or source of older integrations, in place of the method. */
  @IsOptional() source?: unknown;
}

export class PaymentIntent {
  @IsGatewayId() id!: string;
  @IsMinorUnits() amount!: number;
  @IsOptional() @IsMinorUnits() amount_received?: number | null;
  @IsString() currency!: string;
  @OptionalReference() customer?: Reference;
  @OptionalText() receipt_email?: string | null;
  @OptionalMetadata() metadata?: MerchantFields | [] | null;
  /** An id since some day of 2022, in old API versions too. Only versions before 2022-11-15 list `charges`. */
  @OptionalReference() latest_charge?: Reference;
  /** Newest first. */
  @IsOptional() charges?: unknown;
  /** An id, or the whole method where the event was told to expand it. */
  @IsOptional() payment_method?: unknown;
  @IsOptional() shipping?: unknown;
  @OptionalObject() @ValidateNested() @Type(() => PaymentError) last_payment_error?: PaymentError | null;
}

export class Charge {
  @IsGatewayId() id!: string;
  @OptionalReference() payment_intent?: Reference;
  @IsMinorUnits() amount!: number;
  /** Absent before 2020. */
  @IsOptional() @IsMinorUnits() amount_captured?: number | null;
  @IsOptional() @IsBoolean() captured?: boolean | null;
  @IsString() currency!: string;
  @OptionalReference() customer?: Reference;
  @OptionalText() receipt_email?: string | null;
  @OptionalMetadata() metadata?: MerchantFields | [] | null;
  @OptionalObject() @ValidateNested() @Type(() => PersonDetails) billing_details?: PersonDetails | null;
  @IsOptional() shipping?: unknown;
  /** The card or source of the Charges API, with its holder; `card` before 2015-02-18. */
  @IsOptional() source?: unknown;
  @IsOptional() card?: unknown;
  /** An id, or the whole transaction where the event was told to expand it. */
  @IsOptional() balance_transaction?: unknown;
  /** Every refund with its id, in API versions before 2022-11-15. */
  @IsOptional() refunds?: unknown;
  @OptionalText() failure_code?: string | null;
  @OptionalText() failure_message?: string | null;
  @IsOptional() outcome?: unknown;
}

/** charge.refunded: the running total is what the event is for. On any other the total is not looked at. */
export class RefundedCharge extends Charge {
  @UnlessAbsent() @IsMinorUnits() amount_refunded?: number;
}

export class Refund {
  @IsGatewayId() id!: string;
  @OptionalReference() payment_intent?: Reference;
  @OptionalReference() charge?: Reference;
  @IsMinorUnits() amount!: number;
  @IsString() currency!: string;
  /** Null while the refund is pending. */
  @OptionalText() status?: string | null;
  @IsOptional() @IsUnixSeconds() created?: number | null;
  @OptionalMetadata() metadata?: MerchantFields | [] | null;
}

export class Dispute {
  /** Absent before 2014-10: a charge had one dispute, as it still has nearly always. */
  @IsOptional() @IsGatewayId() id?: string | null;
  @OptionalReference() payment_intent?: Reference;
  @OptionalReference() charge?: Reference;
  @IsMinorUnits() amount!: number;
  @IsString() currency!: string;
  @OptionalText() status?: string | null;
  @OptionalText() reason?: string | null;
  @OptionalMetadata() metadata?: MerchantFields | [] | null;
}

export class CheckoutSession {
  /** Null for sessions that only set something up, or begin a subscription. */
  @OptionalReference() payment_intent?: Reference;
  @IsOptional() @IsMinorUnits() amount_total?: number | null;
  @OptionalText() currency?: string | null;
  /** Absent before 2020-08-27. */
  @UnlessAbsent() @IsString() payment_status?: string;
  @OptionalOrderId() client_reference_id?: string | null;
  @OptionalText() locale?: string | null;
  @OptionalReference() customer?: Reference;
  @OptionalText() customer_email?: string | null;
  @OptionalObject() @ValidateNested() @Type(() => PersonDetails) customer_details?: PersonDetails | null;
  @OptionalMetadata() metadata?: MerchantFields | [] | null;
}

/** Only which payments an invoice is about, whose it is, and when Stripe tries again. */
export class Invoice {
  /** Before 2025-03-31.basil. */
  @IsOptional() payment_intent?: unknown;
  /** From 2025-03-31.basil on, a list: `data[].payment.payment_intent`. */
  @IsOptional() payments?: unknown;
  @IsOptional() customer?: unknown;
  @IsOptional() customer_email?: unknown;
  @IsOptional() customer_name?: unknown;
  @IsOptional() customer_phone?: unknown;
  @IsOptional() metadata?: unknown;
  /** Unix seconds. Null where no attempt is scheduled, and always where Stripe only sends the invoice. */
  @IsOptional() next_payment_attempt?: unknown;
  @IsOptional() collection_method?: unknown;
  /** The name of `collection_method` before 2019-10-17. */
  @IsOptional() billing?: unknown;
}

/** What an event of a type that is not known in detail is read for: which payment it is about, and whose it is. */
export class NamedObject {
  @IsOptional() object?: unknown;
  @IsOptional() id?: unknown;
  @IsOptional() payment_intent?: unknown;
  @IsOptional() charge?: unknown;
  @IsOptional() amount?: unknown;
  @IsOptional() currency?: unknown;
  @IsOptional() metadata?: unknown;
  @IsOptional() customer?: unknown;
  @IsOptional() receipt_email?: unknown;
  @IsOptional() billing_details?: unknown;
  @IsOptional() latest_charge?: unknown;
}

export type StripeObject =
  PaymentIntent | Charge | Refund | Dispute | CheckoutSession | Invoice | NamedObject;

/** The envelope; what it holds is added by {@link eventOf}. */
export abstract class StripeEvent {
  @IsString() type!: string;
  @IsUnixSeconds() created!: number;
  @IsOptional() @IsBoolean() livemode?: boolean | null;
  /** The version that the object is written in; null in events before 2014-10-31. */
  @IsOptional() api_version?: unknown;
  /** The connected account that it happened on, at an endpoint that listens to several. */
  @IsOptional() account?: unknown;
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
export const RefundedChargeEvent = eventOf(RefundedCharge);
export const RefundEvent = eventOf(Refund);
export const DisputeEvent = eventOf(Dispute);
export const CheckoutSessionEvent = eventOf(CheckoutSession);
export const InvoiceEvent = eventOf(Invoice);
export const NamedObjectEvent = eventOf(NamedObject);

/** A thin event (`v2.core.event`): its type and where to ask for the object, which it does not hold. */
export class ThinEvent {
  @IsGatewayId() id!: string;
  @IsString() type!: string;
  @IsString() created!: string;
  @IsOptional() context?: unknown;
  @IsOptional() livemode?: unknown;
  @IsOptional() related_object?: unknown;
}
