import { Type } from 'class-transformer';
import { Allow, IsObject, IsOptional, IsString, ValidateBy, ValidateNested } from 'class-validator';
import { applyDecorators } from '@nestjs/common';
import { IsGatewayId, OptionalText } from '../fields/wire-fields.js';
import { isOrderId } from './ippopay.order-id.js';

/**
 * What is read of the API's two answers about one order, as we store them: `{"order": …, "transaction": …}`, each
 * as it came. Only documented fields. Amounts are looked at when the currency is known.
 */

const Part = (): PropertyDecorator => applyDecorators(IsObject(), ValidateNested());
const OptionalPart = (): PropertyDecorator => applyDecorators(IsOptional(), Part());

export class IppopayPhone {
  @OptionalText() country_code?: string | null;
  @OptionalText() national_number?: string | null;
}

export class IppopayCustomer {
  @OptionalText() name?: string | null;
  @OptionalText() email?: string | null;
  @OptionalPart() @Type(() => IppopayPhone) phone?: IppopayPhone | null;
}

export class IppopayOrder {
  @ValidateBy({
    name: 'isOrderId',
    validator: { validate: isOrderId, defaultMessage: () => 'must be an order id of 1 to 128 characters' },
  })
  order_id!: string;

  @Allow() amount?: unknown;
  @OptionalText() currency?: string | null;
  @OptionalPart() @Type(() => IppopayCustomer) customer?: IppopayCustomer | null;
}

export class IppopayCost {
  @Allow() paid?: unknown;
}

export class IppopayTransaction {
  @IsGatewayId() trans_id!: string;
  @IsString() status!: string;
  @OptionalText() failure_reason?: string | null;
  @OptionalPart() @Type(() => IppopayCost) cost?: IppopayCost | null;
  @OptionalPart() @Type(() => IppopayCustomer) customer?: IppopayCustomer | null;
  @OptionalText() updatedAt?: string | null;
  @OptionalText() createdAt?: string | null;
}

export class IppopayOrderData {
  @Part() @Type(() => IppopayOrder) order!: IppopayOrder;
}

export class IppopayOrderAnswer {
  @Part() @Type(() => IppopayOrderData) data!: IppopayOrderData;
}

export class IppopayTransactionData {
  @Part() @Type(() => IppopayTransaction) transaction!: IppopayTransaction;
}

export class IppopayTransactionAnswer {
  @Part() @Type(() => IppopayTransactionData) data!: IppopayTransactionData;
}

export class IppopayAnswer {
  @Part() @Type(() => IppopayOrderAnswer) order!: IppopayOrderAnswer;
  @Part() @Type(() => IppopayTransactionAnswer) transaction!: IppopayTransactionAnswer;
}
