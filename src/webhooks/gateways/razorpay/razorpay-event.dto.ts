import { type ClassConstructor, Type } from 'class-transformer';
import { IsObject, IsOptional, IsString, ValidateNested } from 'class-validator';
import { IsGatewayId, IsMinorUnits, IsUnixSeconds, OptionalText } from '../wire-fields.js';

/** What is read of Razorpay's events. The rest of a body is not looked at. */

export class RazorpayCard {
  @OptionalText() name?: string | null;
}

export class RazorpayPayment {
  @IsGatewayId() id!: string;
  @IsMinorUnits() amount!: number;
  @IsString() currency!: string;
  @OptionalText() order_id?: string | null;
  /** Everything paid back so far. */
  @IsOptional() @IsMinorUnits() amount_refunded?: number | null;
  @OptionalText() email?: string | null;
  @OptionalText() contact?: string | null;
  @OptionalText() customer_id?: string | null;
  @IsOptional() @IsObject() @ValidateNested() @Type(() => RazorpayCard) card?: RazorpayCard | null;
  /** An empty array where there are none, an object otherwise. */
  @IsOptional() notes?: unknown;
  @OptionalText() error_code?: string | null;
  @OptionalText() error_description?: string | null;
  @OptionalText() error_reason?: string | null;
}

export class RazorpayOrder {
  @IsOptional() @IsGatewayId() id?: string | null;
  @OptionalText() receipt?: string | null;
  @IsOptional() notes?: unknown;
}

export class RazorpayRefund {
  @IsGatewayId() id!: string;
  @IsGatewayId() payment_id!: string;
  @IsMinorUnits() amount!: number;
  @IsString() currency!: string;
  @IsOptional() @IsUnixSeconds() created_at?: number | null;
}

export class RazorpayDispute {
  @IsGatewayId() id!: string;
  @IsGatewayId() payment_id!: string;
  @IsMinorUnits() amount!: number;
  @IsString() currency!: string;
  @OptionalText() reason_code?: string | null;
  @OptionalText() phase?: string | null;
}

export interface Held<T> {
  entity: T;
}

export abstract class RazorpayEvent {
  @IsString() event!: string;
  @IsUnixSeconds() created_at!: number;
  abstract payload: {
    payment?: Held<RazorpayPayment> | null;
    order?: Held<RazorpayOrder> | null;
    refund?: Held<RazorpayRefund> | null;
    dispute?: Held<RazorpayDispute> | null;
  };
}

function heldOf<T extends object>(entityClass: ClassConstructor<T>): ClassConstructor<Held<T>> {
  class HeldEntity {
    @IsObject() @ValidateNested() @Type(() => entityClass) entity!: T;
  }
  return HeldEntity;
}

const HeldPayment = heldOf(RazorpayPayment);
const HeldOrder = heldOf(RazorpayOrder);
const HeldRefund = heldOf(RazorpayRefund);
const HeldDispute = heldOf(RazorpayDispute);

class PaymentPayload {
  @IsObject() @ValidateNested() @Type(() => HeldPayment) payment!: Held<RazorpayPayment>;
  @IsOptional() @IsObject() @ValidateNested() @Type(() => HeldOrder) order?: Held<RazorpayOrder> | null;
}

class RefundPayload {
  @IsObject() @ValidateNested() @Type(() => HeldRefund) refund!: Held<RazorpayRefund>;
  @IsOptional() @IsObject() @ValidateNested() @Type(() => HeldPayment) payment?: Held<RazorpayPayment> | null;
}

class DisputePayload {
  @IsObject() @ValidateNested() @Type(() => HeldDispute) dispute!: Held<RazorpayDispute>;
  @IsOptional() @IsObject() @ValidateNested() @Type(() => HeldPayment) payment?: Held<RazorpayPayment> | null;
}

/** payment.*, order.paid and payment_link.paid: the payment itself is told. */
export class RazorpayPaymentEvent extends RazorpayEvent {
  @IsObject() @ValidateNested() @Type(() => PaymentPayload) payload!: PaymentPayload;
}

export class RazorpayRefundEvent extends RazorpayEvent {
  @IsObject() @ValidateNested() @Type(() => RefundPayload) payload!: RefundPayload;
}

export class RazorpayDisputeEvent extends RazorpayEvent {
  @IsObject() @ValidateNested() @Type(() => DisputePayload) payload!: DisputePayload;
}
