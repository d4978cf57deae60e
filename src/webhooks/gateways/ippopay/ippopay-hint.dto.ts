import { Allow, ValidateBy } from 'class-validator';
import { isOrderId, orderIdIn } from './ippopay.order-id.js';

/** A notification: nothing in it is believed but which order it is about. */
export class IppopayHint {
  @ValidateBy({
    name: 'namesAnOrder',
    validator: {
      validate: (_, args) => isOrderId(orderIdIn(args?.object)),
      defaultMessage: () => 'must be an order id of 1 to 128 characters',
    },
  })
  order_id?: unknown;

  @Allow() orderId?: unknown;
  @Allow() data?: unknown;
}
