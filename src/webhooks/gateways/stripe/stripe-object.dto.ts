import { type ClassConstructor } from 'class-transformer';
import { IsBoolean, IsOptional, IsString } from 'class-validator';
import { fieldOf, IsGatewayId, IsMinorUnits, IsUnixSeconds, OptionalText } from '../fields/wire-fields.js';
import { Charge, CheckoutSession, Dispute, PaymentIntent, Refund } from './stripe-event.dto.js';

/*
 * Objects as Stripe's API answers them, alone and in lists. They have what they have inside an event, and their own times
 * and states, which an event does not need.
 */

export class PaymentIntentObject extends PaymentIntent {
  @IsString() object!: 'payment_intent';
  @IsString() status!: string;
  @IsOptional() @IsUnixSeconds() created?: number | null;
  @IsOptional() @IsUnixSeconds() canceled_at?: number | null;
  @IsOptional() @IsBoolean() livemode?: boolean | null;
}

export class ChargeObject extends Charge {
  @IsString() object!: 'charge';
  @IsString() status!: string;
  @IsOptional() @IsBoolean() refunded?: boolean | null;
  @IsOptional() @IsMinorUnits() amount_refunded?: number | null;
  @IsOptional() @IsUnixSeconds() created?: number | null;
  @IsOptional() @IsBoolean() livemode?: boolean | null;
}

export class RefundObject extends Refund {
  @IsString() object!: 'refund';
  @OptionalText() reason?: string | null;
}

export class DisputeObject extends Dispute {
  @IsString() object!: 'dispute';
  /** Never absent in an answer. What has no id is an issue of the identity. */
  declare id: string;
  @IsOptional() @IsUnixSeconds() created?: number | null;
  @IsOptional() @IsBoolean() livemode?: boolean | null;
}

export class CheckoutSessionObject extends CheckoutSession {
  @IsString() object!: 'checkout.session';
  @IsGatewayId() id!: string;
  @IsOptional() @IsBoolean() livemode?: boolean | null;
}

export type StripeApiObject =
  PaymentIntentObject | ChargeObject | RefundObject | DisputeObject | CheckoutSessionObject;

const CLASSES: ReadonlyMap<unknown, ClassConstructor<StripeApiObject>> = new Map<
  unknown,
  ClassConstructor<StripeApiObject>
>([
  ['payment_intent', PaymentIntentObject],
  ['charge', ChargeObject],
  ['refund', RefundObject],
  ['dispute', DisputeObject],
  ['checkout.session', CheckoutSessionObject],
]);

/** The DTO of an object by its own word; undefined for an event, and for an object that says nothing about a payment. */
export const dtoOfObject = (body: unknown): ClassConstructor<StripeApiObject> | undefined =>
  CLASSES.get(fieldOf(body, 'object'));
