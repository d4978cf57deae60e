import { type DataSchema, DomainEvent, type Mode, shownAs } from '../feature.js';
import { ACCOUNT_STATUSES, type AccountStatus } from './status/account-status.js';

/**
 * A customer account as an event shows it, as it is when the event is published. Without the customer's id, which is
 * erased with the person: a handler that needs it reads the account by `id`, or the payment.
 */
export interface AccountSnapshot {
  /** Ours: the subject of the event. */
  id: string;
  mode: Mode;
  merchant: string | null;
  status: AccountStatus | null;
  /** ISO 8601. */
  since: string | null;
  /** ISO 8601. */
  graceEndsAt: string | null;
  lastPaymentId: string | null;
}

const { about, oneOf, orNull, text, time, uuid } = shownAs;

const SHOWN: Readonly<Record<keyof AccountSnapshot, DataSchema>> = {
  id: uuid,
  mode: oneOf(['live', 'test']),
  merchant: orNull(text),
  status: orNull(oneOf(ACCOUNT_STATUSES)),
  since: orNull(time),
  graceEndsAt: about(orNull(time), 'When it is suspended unless the customer pays'),
  lastPaymentId: orNull(uuid),
};

abstract class AccountEvent extends DomainEvent<AccountSnapshot> {
  static override readonly defaults: Readonly<Record<string, unknown>> = {
    merchant: null,
    graceEndsAt: null,
  };
  static override readonly shown = SHOWN;
}

/** The customer pays: the first time, or after it was past due or suspended. */
export class AccountActivated extends AccountEvent {
  static override readonly eventName = 'account.activated';
}
/** A payment failed, and the grace began. */
export class AccountPastDue extends AccountEvent {
  static override readonly eventName = 'account.past_due';
}
/** The grace is over, or a refund or a lost dispute suspends. */
export class AccountSuspended extends AccountEvent {
  static override readonly eventName = 'account.suspended';
}
/** An operator holds the account. Until it is released, no other event of the account is published. */
export class AccountHeld extends AccountEvent {
  static override readonly eventName = 'account.held';
}
export class AccountReleased extends AccountEvent {
  static override readonly eventName = 'account.released';
}

/** The class of the event of each status, and of a release. */
export const ACCOUNT_EVENTS = {
  active: AccountActivated,
  past_due: AccountPastDue,
  suspended: AccountSuspended,
  held: AccountHeld,
  released: AccountReleased,
} as const;
