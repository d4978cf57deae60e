import type { DynamicModule, Provider, Type } from '@nestjs/common';
import type { AnyDomainEventClass } from '../events/on-domain-event.decorator.js';
import type { SecretCipher } from '../encryption/secret-cipher.js';
import type { FeatureSetting, FeatureSettings } from '../config/configurable-feature.js';
import type { DataSource, EntityManager, MigrationInterface } from 'typeorm';

/** Whom an erasure concerns. */
export interface Erasure {
  /** Payments of the person, at most 100 at a time: their customer is cleared already, in the same transaction. */
  readonly paymentIds: readonly string[];
  /** Everything the person is known by: customer ids, e-mail addresses, telephone numbers. */
  readonly identifiers: readonly string[];
}

/** A payment with everything that says to which order it belongs. */
export interface PaymentOfOrder {
  readonly paymentId: string;
  readonly mode: 'live' | 'test';
  readonly merchant: string | null;
  readonly orderId: string | null;
  readonly gatewayOrderId: string | null;
  readonly gatewayPaymentId: string;
}

/** An order that payments belong to. */
export interface OrderOfPayment {
  readonly mode: 'live' | 'test';
  /** Null where the endpoint serves one merchant. */
  readonly merchant: string | null;
  readonly orderId: string;
}

/** What a feature knows about what is still to be paid of an order. */
export interface OrderDebt {
  readonly order: OrderOfPayment;
  readonly isOwed: boolean;
}

/** Whom a message about a payment goes to. */
export interface CustomerContact {
  readonly email: string | null;
  readonly phone: string | null;
  readonly name: string | null;
  readonly locale: string | null;
}

/** What a job is given: the database, and any provider of the application by its token. */
export interface FeatureContext {
  readonly db: DataSource;
  /** The values of the variables that features declare, by the name of the variable. */
  readonly settings: FeatureSettings;
  get<T>(token: Type<T> | string | symbol): T;
}

/**
 * Background work. `step` is called again at once while it resolves with more than 0, else after `idleMs`. Every process
 * calls it: a step claims its rows (`FOR UPDATE SKIP LOCKED`) and ends within a minute. A step that throws is logged by the
 * error's class and code, and called again. The application waits for the running step when it closes.
 */
export interface FeatureJob {
  readonly name: string;
  readonly idleMs: number;
  step(context: FeatureContext): Promise<number>;
}

/** A change of a payment: of anything of it, as the transaction that writes the payment knows the change. */
export interface PaymentChange {
  readonly paymentId: string;
  /** Nobody is to be mailed for what follows from it. */
  readonly silent: boolean;
  /** The order that the payment belonged to before, where the change moved it to another one. */
  readonly previousOrder: OrderOfPayment | null;
  /** What the reports said that are new in this change, each kind once or, where only some are silent, twice. */
  readonly reported: readonly { readonly kind: string; readonly silent: boolean }[];
}

/** A change that a feature wants to follow. */
export type SelectedChange = Pick<PaymentChange, 'paymentId' | 'silent'>;

/** What a feature keeps of a change until it follows it. */
export type PaymentWorkItem = Omit<PaymentChange, 'reported'>;

/**
 * How a feature follows payments. Each change is noted by the transaction that writes the payment, and followed by a later
 * one: at least once, in sets, in any order. So `follow` reads the payment as it is then.
 */
export interface PaymentFollower {
  /**
   * Which changes of a transaction to note, and which of them silently. Every change is noted where this is left out. Reads
   * nothing. Where it throws, the error is logged, and every change is noted.
   */
  select?(changes: readonly PaymentChange[], context: FeatureContext): readonly SelectedChange[];

  /**
   * Called in the transaction that removes what was noted, with at most 400 changes. Where it throws, the changes are followed
   * one by one; each that fails by itself is tried again after 1 second, then after twice as long each time, at most an hour.
   */
  follow(manager: EntityManager, items: readonly PaymentWorkItem[], context: FeatureContext): Promise<void>;
}

/** A number of the whole service, which each scrape of `GET /metrics` reads from the database. */
export interface FeatureGauge {
  /** With its base unit at the end, such as `_seconds`. */
  readonly name: string;
  readonly help: string;
  /** The one label, a column of `sql`. It has few values: no id, no URL, nothing personal. */
  readonly label?: string;
  /** A SELECT of a number `value`: one row, or one for each value of the label. It must read through an index. */
  readonly sql: string;
}

/**
 * Something that follows from payments: orders, books, messages. One object declares it, and it needs nothing but what the
 * package publishes. Every member but `name` may be left out.
 */
export interface PayhookFeature {
  /** Lower-case letters, digits and `_`. Its key in `/stats` and in the answer to an erasure; never changed once deployed. */
  readonly name: string;
  /** Tables of its own. Entities give every table, column, index and key its name. */
  readonly entities?: readonly (new () => object)[];
  /** Run with Payhook's own, by their timestamps. */
  readonly migrations?: readonly (new () => MigrationInterface)[];
  /** Nest modules with its providers and controllers. */
  readonly imports?: readonly (Type | DynamicModule)[];
  /** Classes with `@OnDomainEvent`, and what they inject. */
  readonly handlers?: readonly Provider[];
  /** The events that the feature publishes. They are listed by `GET /events` with what their classes declare as shown. */
  readonly events?: readonly AnyDomainEventClass[];
  readonly jobs?: readonly FeatureJob[];
  readonly followPayments?: PaymentFollower;
  /** Variables of its own, by their whole names. A job finds their values in `FeatureContext.settings`. */
  readonly settings?: Readonly<Record<string, FeatureSetting>>;

  /**
   * Clears a person out of the feature's tables, inside the transaction that clears the payments. Called for each batch of
   * payments, and once without a payment if the person has none. A repeated call continues an interrupted one.
   * @returns how many rows were cleared.
   */
  erase?(manager: EntityManager, erasure: Erasure): Promise<number>;

  /**
   * The payments that are this person's by what the feature knows, such as the customer of their order. They are erased as
   * if a gateway had named the person: with their messages and payloads.
   */
  findPayments?(manager: EntityManager, identifier: string): Promise<readonly string[]>;

  /**
   * The contacts of payments whose gateway told none that can be used, by the id of the payment. Asked in sets, each time
   * that a message is decided; a payment without a contact is left out. Must read through an index, and take no lock.
   */
  findContacts?(
    manager: EntityManager,
    payments: readonly PaymentOfOrder[],
  ): Promise<ReadonlyMap<string, CustomerContact>>;

  /**
   * The id of the customer of payments, where the feature knows it better than the gateway, by the id of the payment; a
   * payment of which it does not is left out. Asked in sets. Must read through an index, and take no lock.
   */
  findCustomerIds?(
    manager: EntityManager,
    payments: readonly PaymentOfOrder[],
  ): Promise<ReadonlyMap<string, string>>;

  /**
   * Whether something is still owed of these orders, by what the feature knows. Nothing is owed of an order that was
   * canceled, settled or paid in full, and no customer is reminded of it. Asked when reminders are planned, and again when one
   * is decided. An order that is left out is judged by its payments alone. Must read through an index, and take no lock.
   * `OrderClosed` tells at once.
   */
  findOrderDebts?(manager: EntityManager, orders: readonly OrderOfPayment[]): Promise<readonly OrderDebt[]>;

  /**
   * Clears what is personal and older than `before`, at most `most` rows, in a transaction of its own. Called again at
   * once while any part of Payhook answers more than 0, then every hour; one process at a time.
   * @returns how many rows were cleared.
   */
  retain?(manager: EntityManager, before: Date, most: number): Promise<number>;

  /**
   * Takes in payments that were stored without the feature, before it was added or while it was switched off: at most 100 at a time, oldest first, each batch
   * in a transaction of its own. After an interrupted start it goes on where it was. A payment may have been told by an
   * event or taken in before: writes are idempotent. Nobody is to be mailed for what is past.
   */
  catchUp?(manager: EntityManager, paymentIds: readonly string[]): Promise<void>;

  /**
   * Encrypts the secrets that the feature stores under the newest of `PAYLOAD_KEYS`, with the cipher that it is given.
   * Called at the start and every ten minutes; several processes may call it at once.
   * @returns how many secrets are under another key all the same, by the name of the key.
   */
  reencrypt?(manager: EntityManager, cipher: SecretCipher): Promise<ReadonlyMap<string, number>>;

  /**
   * A SELECT of one row with the integers `pending`, `scheduled` and `dead`: work to be done now, work that waits for a
   * later time, work that was given up. It becomes part of the one statement behind `/stats`, so that all numbers are of
   * one moment; it is asked often, and must read through an index. What waits for {@link PaymentFollower.follow} is counted
   * beside it.
   */
  readonly pending?: string;

  /** Further integers that `pending` selects, each with what it counts. `/stats` shows them beside the work. */
  readonly counts?: Readonly<Record<string, string>>;

  readonly gauges?: readonly FeatureGauge[];
}

/** Injects `readonly PayhookFeature[]`: those that ship, then those from outside. */
export const FEATURES = Symbol('FEATURES');

/** Injects {@link FeatureSettings}: the values of the variables of all features, as a job finds them in its context. */
export const FEATURE_SETTINGS = Symbol('FEATURE_SETTINGS');

/** Injects the {@link FeatureContext} of this process. */
export const FEATURE_CONTEXT = Symbol('FEATURE_CONTEXT');

/** Injects the features from outside, where something provides them. */
export const EXTRA_FEATURES = Symbol('EXTRA_FEATURES');
