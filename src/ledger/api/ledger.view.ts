import { ApiProperty } from '@nestjs/swagger';
import {
  AMOUNT,
  CURRENCY,
  DATE_TIME,
  orNull,
  pageViewOf,
  textOrNull,
  timeOfId,
  UUID,
} from '../../feature.js';
import type { ListedEntry } from './ledger-list.store.js';

const LEDGER_ACCOUNT = { type: String, example: 'gateway:standard:default' } as const;
const MERCHANT = { ...textOrNull('acct_1', 'Where one endpoint serves several merchants'), example: null };
const MODE = { enum: ['live', 'test'], example: 'live' };

export class LedgerEntryView {
  @ApiProperty(UUID) id!: string;
  @ApiProperty({ ...UUID, description: 'Its entries sum to zero' }) transaction!: string;
  @ApiProperty(LEDGER_ACCOUNT) ledgerAccount!: string;
  @ApiProperty({ enum: ['debit', 'credit'], example: 'debit' }) direction!: 'debit' | 'credit';
  @ApiProperty(AMOUNT) amount!: string;
  @ApiProperty(CURRENCY) currency!: string;
  @ApiProperty(MODE) mode!: string;
  @ApiProperty(MERCHANT) merchant!: string | null;
  @ApiProperty(UUID) paymentId!: string;
  @ApiProperty({ ...textOrNull('ord_1', 'Of the payment as it is now'), example: null }) orderId!:
    string | null;
  @ApiProperty({
    description: 'The event that explains it, or `correction`',
    example: 'payment.succeeded',
  })
  cause!: string;
  @ApiProperty({ ...UUID, description: 'The report that explains it' }) causeId!: string;
  @ApiProperty({ ...DATE_TIME, description: 'When that happened, by the gateway' }) occurredAt!: string;
  @ApiProperty({ ...DATE_TIME, description: 'By the clock of this service' }) bookedAt!: string;
  @ApiProperty({ ...orNull(UUID), example: null, description: 'The transaction that this one undoes' })
  corrects!: string | null;
}

export class LedgerEntryPageView extends pageViewOf(LedgerEntryView) {}

export class LedgerBalanceView {
  @ApiProperty(LEDGER_ACCOUNT) ledgerAccount!: string;
  @ApiProperty(MODE) mode!: string;
  @ApiProperty(MERCHANT) merchant!: string | null;
  @ApiProperty(CURRENCY) currency!: string;
  @ApiProperty({
    type: String,
    pattern: '^-?\\d+$',
    example: '-10000',
    description: 'Debits less credits, in minor units',
  })
  balance!: string;
}

export class LedgerBalancesView {
  @ApiProperty({ type: [LedgerBalanceView] }) items!: LedgerBalanceView[];
}

/** An entry as it is shown. `orders` has the order id of each payment that has one. */
export function toEntryView(entry: ListedEntry, orders: ReadonlyMap<string, string>): LedgerEntryView {
  const isCredit = entry.amount.startsWith('-');
  return {
    id: entry.id,
    transaction: entry.transaction,
    ledgerAccount: entry.ledgerAccount,
    direction: isCredit ? 'credit' : 'debit',
    amount: isCredit ? entry.amount.slice(1) : entry.amount,
    currency: entry.currency,
    mode: entry.mode,
    merchant: entry.merchant,
    paymentId: entry.paymentId,
    orderId: orders.get(entry.paymentId) ?? null,
    cause: entry.cause,
    causeId: entry.causeId,
    occurredAt: entry.occurredAt.toISOString(),
    bookedAt: timeOfId(entry.id).toISOString(),
    corrects: entry.corrects,
  };
}
