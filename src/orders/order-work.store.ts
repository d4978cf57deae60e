import { PaymentWorkQueue } from '../feature.js';

/** Every statement on `order_work`. */
export const orderWork = new PaymentWorkQueue('order_work');
