import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  AMOUNT,
  CURRENCY,
  DATE_TIME,
  GATEWAY,
  maskCardNumbers,
  orNull,
  pageViewOf,
  type PaymentFacts,
  textOrNull,
  UUID,
} from '../../feature.js';
import type { Order } from '../order.entity.js';
import { mismatchOf } from '../status/order-facts.js';
import { ORDER_FLAGS, ORDER_STATUSES, type OrderFlag, type OrderStatus } from '../status/order-status.js';
import { CUSTOMER_FIELDS, MAX_KEY_LENGTH, MAX_METADATA_ENTRIES, MAX_VALUE_LENGTH } from './order-body.js';

export const MAX_PAYMENTS_SHOWN = 100;

/* What the API takes and shows of orders. */

export class OrderCustomer {
  @ApiPropertyOptional({ maxLength: 255, example: 'cus_1' }) id?: string;
  @ApiPropertyOptional({ maxLength: 320, example: 'asha@example.com' }) email?: string;
  @ApiPropertyOptional({ maxLength: 64, example: '+919876512345' }) phone?: string;
  @ApiPropertyOptional({ maxLength: 255, example: 'Asha Rao' }) name?: string;
  @ApiPropertyOptional({ maxLength: 35, example: 'en' }) locale?: string;
}

const METADATA = {
  type: 'object',
  additionalProperties: { type: 'string', maxLength: MAX_VALUE_LENGTH },
  description: `At most ${MAX_METADATA_ENTRIES} entries of the shop's own; keys of at most ${MAX_KEY_LENGTH} characters`,
  example: { cart: '42' },
} as const;

/** What a shop registers. `null` counts as left out. */
export class OrderBody {
  @ApiProperty({ ...AMOUNT, description: 'What is due, in minor units: 1 to 10^15' }) amount!: string;
  @ApiProperty(CURRENCY) currency!: string;
  @ApiPropertyOptional({ ...orNull(GATEWAY), description: 'Only payments of this gateway count' })
  gateway?: string | null;
  @ApiPropertyOptional(textOrNull('default', 'Only payments of this account count'))
  account?: string | null;
  @ApiPropertyOptional({ type: OrderCustomer, nullable: true }) customer?: OrderCustomer | null;
  @ApiPropertyOptional({ ...orNull(DATE_TIME), description: 'Unpaid at this time, the order is overdue' })
  expiresAt?: string | null;
  @ApiPropertyOptional({ ...METADATA, nullable: true }) metadata?: Record<string, string> | null;
}

export class SettlementBody {
  @ApiProperty({ enum: ['paid', 'canceled'] }) as!: 'paid' | 'canceled';
  @ApiProperty({
    minLength: 1,
    maxLength: MAX_VALUE_LENGTH,
    description: 'Why. It is written to the log, so it must name no customer',
    example: 'The second payment was refunded by bank transfer',
  })
  reason!: string;
}

export class OrderPaymentView {
  @ApiProperty(UUID) id!: string;
  @ApiProperty({ example: 'succeeded' }) status!: string;
  @ApiProperty({ ...orNull(AMOUNT), description: 'Null while nothing is known to be captured' })
  amountCaptured!: string | null;
  @ApiProperty({
    description: 'False where the payment is of another gateway or account than the order names',
    example: true,
  })
  counts!: boolean;
}

export class OrderView {
  @ApiProperty(UUID) id!: string;
  @ApiProperty({ example: 'ord_1' }) orderId!: string;
  @ApiProperty({ enum: ['live', 'test'] }) mode!: string;
  @ApiProperty({ ...textOrNull('acct_1', 'Where one endpoint serves several merchants'), example: null })
  merchant!: string | null;
  @ApiProperty({ enum: ORDER_STATUSES, example: 'paid' }) status!: OrderStatus;
  @ApiProperty({
    type: [String],
    enum: ORDER_FLAGS,
    example: [],
    description: 'What is wrong with its money',
  })
  flags!: readonly OrderFlag[];
  @ApiProperty({ ...orNull(AMOUNT), description: 'What is due; null where nobody registered the order' })
  amount!: string | null;
  @ApiProperty(orNull(CURRENCY)) currency!: string | null;
  @ApiProperty({ ...AMOUNT, description: 'Captured by the payments that count' }) amountPaid!: string;
  @ApiProperty({ ...AMOUNT, example: '0' }) amountRefunded!: string;
  @ApiProperty({ ...orNull(DATE_TIME), example: null }) expiresAt!: string | null;
  @ApiProperty({ type: OrderCustomer, description: 'What the shop registered' }) customer!: OrderCustomer;
  @ApiProperty({ type: [OrderPaymentView], description: `At most ${MAX_PAYMENTS_SHOWN}, oldest first` })
  payments!: OrderPaymentView[];
  @ApiProperty({ example: false, description: 'There are more payments than are shown' })
  paymentsTruncated!: boolean;
  @ApiProperty(METADATA) metadata!: Record<string, string>;
  @ApiProperty({ ...DATE_TIME, description: 'When the order became known here' }) createdAt!: string;
  @ApiProperty(DATE_TIME) updatedAt!: string;
  @ApiProperty({ example: false, description: 'Nobody registered the order: it was made of payments' })
  unexpected!: boolean;
}

export class OrderPageView extends pageViewOf(OrderView) {}

/** `payments` has one more than is shown where there are more. */
export function toOrderView(order: Order, payments: readonly PaymentFacts[], now: Date): OrderView {
  return {
    id: order.id,
    orderId: order.orderId,
    mode: order.mode,
    merchant: order.merchant === '' ? null : order.merchant,
    // The job that writes it may come a moment later. `dueAt` is null while a payment is under way.
    status: order.dueAt !== null && order.dueAt <= now ? 'overdue' : order.status,
    flags: order.flags,
    amount: order.amount,
    currency: order.currency,
    amountPaid: order.amountPaid,
    amountRefunded: order.amountRefunded,
    expiresAt: order.expiresAt?.toISOString() ?? null,
    customer: toCustomerView(order),
    payments: payments.slice(0, MAX_PAYMENTS_SHOWN).map((payment) => toPaymentView(order, payment)),
    paymentsTruncated: payments.length > MAX_PAYMENTS_SHOWN,
    metadata: Object.fromEntries(
      // The database keeps another order of the keys than the registration had.
      Object.entries(order.metadata ?? {})
        .toSorted(([one], [other]) => (one < other ? -1 : 1))
        .map(([key, value]) => [key, maskCardNumbers(value)]),
    ),
    createdAt: order.createdAt.toISOString(),
    updatedAt: order.updatedAt.toISOString(),
    unexpected: !order.registered,
  };
}

/** Only what is known, with card-like numbers masked. */
function toCustomerView(order: Order): OrderCustomer {
  const values = {
    id: order.customerId,
    email: order.customerEmail,
    phone: order.customerPhone,
    name: order.customerName,
    locale: order.customerLocale,
  };
  const known = CUSTOMER_FIELDS.flatMap((field) => {
    const value = values[field];
    return value === null ? [] : [[field, maskCardNumbers(value)] as const];
  });
  return Object.fromEntries(known);
}

function toPaymentView(order: Order, payment: PaymentFacts): OrderPaymentView {
  const { paymentId, status, state, amount, amountCaptured } = payment;
  return {
    id: paymentId,
    status,
    amountCaptured: amountCaptured ?? (state === 'succeeded' ? amount : null),
    counts: mismatchOf(order, payment) === null,
  };
}
