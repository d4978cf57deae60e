import { type ClassConstructor, Type } from 'class-transformer';
import { IsObject, IsOptional, IsString, ValidateIf, ValidateNested } from 'class-validator';
import { applyDecorators } from '@nestjs/common';
import {
  HoldsMerchantFields,
  IsGatewayId,
  IsMinorUnits,
  IsUnixSeconds,
  OptionalOrderId,
  OptionalText,
} from '../fields/wire-fields.js';

/**
 * What is read of Razorpay's events. The rest of a body is not looked at. A field that no statement depends on is
 * `unknown` here and is read where it has the expected form: it never parks an event.
 */

export class RazorpayCard {
  @OptionalText() name?: string | null;
}

/** An object, or what stands there where no card was used: null, or the empty array that PHP writes. */
const OptionalCard = (): PropertyDecorator =>
  applyDecorators(
    ValidateIf((_, value) => typeof value === 'object' && value !== null && !Array.isArray(value)),
    ValidateNested(),
    Type(() => RazorpayCard),
  );

export class RazorpayPayment {
  @IsGatewayId() id!: string;
  @IsMinorUnits() amount!: number;
  @IsString() currency!: string;
  @OptionalOrderId() order_id?: string | null;
  /** Everything paid back so far. */
  @IsOptional() @IsMinorUnits() amount_refunded?: number | null;
  @OptionalText() email?: string | null;
  /** Text, and in some integrations a number. */
  @IsOptional() contact?: unknown;
  @OptionalText() customer_id?: string | null;
  @OptionalCard() card?: RazorpayCard | [] | null;
  /** An empty array where there are none, an object otherwise. */
  @HoldsMerchantFields() notes?: unknown;
  @OptionalText() error_code?: string | null;
  @OptionalText() error_description?: string | null;
  @OptionalText() error_reason?: string | null;
  /** Razorpay's own share, its tax included; null until it is known. */
  @IsOptional() fee?: unknown;
  /** The amount in the merchant's currency, of a payment in another. */
  @IsOptional() base_amount?: unknown;
  @IsOptional() base_currency?: unknown;
}

export class RazorpayRefund {
  @IsGatewayId() id!: string;
  /** May be left out where the event holds the payment itself. */
  @IsOptional() @IsGatewayId() payment_id?: string | null;
  @IsMinorUnits() amount!: number;
  /** Absent in old events: the payment's. */
  @OptionalText() currency?: string | null;
  @IsOptional() @IsUnixSeconds() created_at?: number | null;
}

export class RazorpayDispute {
  @IsGatewayId() id!: string;
  /** May be left out where the event holds the payment itself. */
  @IsOptional() @IsGatewayId() payment_id?: string | null;
  @IsMinorUnits() amount!: number;
  @IsString() currency!: string;
  @OptionalText() reason_code?: string | null;
  @OptionalText() phase?: string | null;
}

interface Held<T> {
  entity: T;
}

export abstract class RazorpayEvent {
  @IsString() event!: string;
  @IsUnixSeconds() created_at!: number;
  /** The merchant that it happened to, at an endpoint that serves several. */
  @IsOptional() account_id?: unknown;
  abstract payload: RazorpayPayload;
}

/** The entities that an event may hold, each as `{entity: …}`. */
export interface RazorpayPayload {
  payment?: unknown;
  refund?: unknown;
  dispute?: unknown;
  order?: unknown;
  payment_link?: unknown;
  invoice?: unknown;
  subscription?: unknown;
  qr_code?: unknown;
  virtual_account?: unknown;
}

function heldOf<T extends object>(entityClass: ClassConstructor<T>): ClassConstructor<Held<T>> {
  class HeldEntity {
    @IsObject() @ValidateNested() @Type(() => entityClass) entity!: T;
  }
  return HeldEntity;
}

const HeldPayment = heldOf(RazorpayPayment);
const HeldRefund = heldOf(RazorpayRefund);
const HeldDispute = heldOf(RazorpayDispute);

/** What stands beside the entity that an event is about says who paid and for what. It has no form to keep to. */
class PaymentPayload implements RazorpayPayload {
  @IsObject() @ValidateNested() @Type(() => HeldPayment) payment!: Held<RazorpayPayment>;
  @IsOptional() order?: unknown;
  @IsOptional() payment_link?: unknown;
  @IsOptional() invoice?: unknown;
  @IsOptional() subscription?: unknown;
  @IsOptional() qr_code?: unknown;
  @IsOptional() virtual_account?: unknown;
}

class RefundPayload implements RazorpayPayload {
  @IsObject() @ValidateNested() @Type(() => HeldRefund) refund!: Held<RazorpayRefund>;
  @IsOptional() payment?: unknown;
}

class DisputePayload implements RazorpayPayload {
  @IsObject() @ValidateNested() @Type(() => HeldDispute) dispute!: Held<RazorpayDispute>;
  @IsOptional() payment?: unknown;
}

class NamedPayload implements RazorpayPayload {
  @IsOptional() payment?: unknown;
  @IsOptional() refund?: unknown;
  @IsOptional() dispute?: unknown;
  @IsOptional() order?: unknown;
}

/** payment.*, order.paid and all others that carry the payment itself. */
export class RazorpayPaymentEvent extends RazorpayEvent {
  @IsObject() @ValidateNested() @Type(() => PaymentPayload) payload!: PaymentPayload;
}

export class RazorpayRefundEvent extends RazorpayEvent {
  @IsObject() @ValidateNested() @Type(() => RefundPayload) payload!: RefundPayload;
}

export class RazorpayDisputeEvent extends RazorpayEvent {
  @IsObject() @ValidateNested() @Type(() => DisputePayload) payload!: DisputePayload;
}

/** A type that is not known in detail: read for the payment it names. */
export class RazorpayNamedEvent extends RazorpayEvent {
  @IsObject() @ValidateNested() @Type(() => NamedPayload) payload!: NamedPayload;
}
