import { type ClassConstructor } from 'class-transformer';
import { IsBoolean, IsOptional, IsString } from 'class-validator';
import { fieldOf, IsGatewayId, IsUnixSeconds, OptionalText } from '../fields/wire-fields.js';
import { RazorpayDispute, RazorpayPayment, RazorpayRefund } from './razorpay-event.dto.js';

/*
 * Entities as Razorpay's API answers them, alone and in collections. They have what they have inside an event, and their
 * own times and states, which an event does not need.
 */

export class PaymentEntity extends RazorpayPayment {
  @IsString() entity!: 'payment';
  @IsString() status!: string;
  @IsOptional() @IsBoolean() captured?: boolean | null;
  @IsOptional() @IsUnixSeconds() created_at?: number | null;
}

export class RefundEntity extends RazorpayRefund {
  @IsString() entity!: 'refund';
  @OptionalText() status?: string | null;
}

export class DisputeEntity extends RazorpayDispute {
  @IsString() entity!: 'dispute';
  @OptionalText() status?: string | null;
  @IsOptional() @IsUnixSeconds() created_at?: number | null;
  /** The whole payment, in an answer that was told to expand it. */
  @IsOptional() payment?: unknown;
}

/** Only which payments are of the order, and what the merchant calls it. */
export class OrderEntity {
  @IsString() entity!: 'order';
  @IsGatewayId() id!: string;
  @IsOptional() receipt?: unknown;
  @IsOptional() notes?: unknown;
  /** A collection of payments, in an answer that was told to expand it. */
  @IsOptional() payments?: unknown;
}

export type RazorpayEntity = PaymentEntity | RefundEntity | DisputeEntity | OrderEntity;

const CLASSES: ReadonlyMap<unknown, ClassConstructor<RazorpayEntity>> = new Map<
  unknown,
  ClassConstructor<RazorpayEntity>
>([
  ['payment', PaymentEntity],
  ['refund', RefundEntity],
  ['dispute', DisputeEntity],
  ['order', OrderEntity],
]);

/** The DTO of an entity by its own word; undefined for an event, and for an entity that says nothing about a payment. */
export const dtoOfEntity = (body: unknown): ClassConstructor<RazorpayEntity> | undefined =>
  CLASSES.get(fieldOf(body, 'entity'));
