import type { EntityManager } from 'typeorm';
import type { Mode } from '../feature.js';
import { CustomerAccount } from './account.entity.js';
import type { AccountStatus } from './status/account-status.js';

/* The statement of the list of customer accounts. */

export interface AccountFilter {
  mode: Mode;
  merchant: string | null;
  status?: AccountStatus | undefined;
  /** The id of the last account of the page before. */
  cursor?: string | undefined;
}

/** The grace is over, and the job that writes it has not run yet. */
const IS_OVER = `accounts.status = 'past_due' AND accounts.graceEndsAt <= now()`;

/** At most `limit` accounts, newest id first. */
export async function findAccountPage(
  manager: EntityManager,
  { mode, merchant, status, cursor }: AccountFilter,
  limit: number,
): Promise<CustomerAccount[]> {
  const page = manager
    .getRepository(CustomerAccount)
    .createQueryBuilder('accounts')
    .where('accounts.merchant = :merchant AND accounts.mode = :mode', { merchant: merchant ?? '', mode })
    .andWhere('accounts.status IS NOT NULL')
    .orderBy('accounts.id', 'DESC')
    .limit(limit);
  if (status === 'suspended') page.andWhere(`(accounts.status = 'suspended' OR ${IS_OVER})`);
  else if (status !== undefined) page.andWhere('accounts.status = :status', { status });
  if (status === 'past_due') page.andWhere(`NOT (${IS_OVER})`);
  if (cursor !== undefined) page.andWhere('accounts.id < :cursor', { cursor });
  return page.getMany();
}
