import { PaymentWorkQueue } from '../feature.js';

/** Every statement on `account_work`. */
export const accountWork = new PaymentWorkQueue('account_work');
