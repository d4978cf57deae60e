import { ApiProperty } from '@nestjs/swagger';
import { DATE_TIME, type Mode, orNull, pageViewOf, textOrNull, UUID } from '../../feature.js';
import type { CustomerAccount } from '../account.entity.js';
import { keyOfAccount } from '../account.store.js';
import { ACCOUNT_STATUSES, type AccountStatus } from '../status/account-status.js';

export const MAX_REASON_LENGTH = 500;

/** What the API shows of a customer account. */
export class CustomerAccountView {
  @ApiProperty({ type: String, maxLength: 255, example: 'cus_1' }) customerId!: string;
  @ApiProperty({ enum: ['live', 'test'] }) mode!: Mode;
  @ApiProperty(textOrNull('acc_1', 'Where one endpoint serves several merchants')) merchant!: string | null;
  @ApiProperty({
    enum: [...ACCOUNT_STATUSES],
    description: 'An account that an operator holds is `held`, whatever the customer pays',
  })
  status!: AccountStatus;
  @ApiProperty({
    ...DATE_TIME,
    description: 'When the status began; of a payment by the clock of its gateway',
  })
  since!: string;
  @ApiProperty({ ...orNull(DATE_TIME), description: 'When an account that is past due is suspended' })
  graceEndsAt!: string | null;
  @ApiProperty({ ...orNull(UUID), description: 'The payment that was heard of last' })
  lastPaymentId!: string | null;
}

export class CustomerAccountPageView extends pageViewOf(CustomerAccountView) {}

export class HoldBody {
  @ApiProperty({
    minLength: 1,
    maxLength: MAX_REASON_LENGTH,
    description: 'Why. It is written to the log, so it must name no customer',
    example: 'chargebacks under review',
  })
  reason!: string;
}

/** The view of an account at `now`; null of one that has no status yet. */
export function toAccountView(account: CustomerAccount, now: Date): CustomerAccountView | null {
  const { customerId, lastPaymentId, heldAt, graceEndsAt } = account;
  if (account.status === null) return null;
  // The job that suspends it has not run yet.
  const isOver = account.status === 'past_due' && graceEndsAt !== null && graceEndsAt <= now;
  const status = isOver ? 'suspended' : account.status;
  const since = heldAt ?? (isOver ? graceEndsAt : account.since) ?? account.updatedAt;
  return {
    customerId,
    mode: account.mode,
    merchant: keyOfAccount(account).merchant,
    status,
    since: since.toISOString(),
    graceEndsAt: status === 'past_due' ? (graceEndsAt?.toISOString() ?? null) : null,
    lastPaymentId,
  };
}
