import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ENV } from '../../platform/config/config.module.js';
import type { Env } from '../../platform/config/env.js';
import { type CustomerContact, FEATURES, type PayhookFeature } from '../../platform/features/index.js';
import { CHANNEL, type Channel } from '../channels/channel.js';
import { GatewayWords } from '../messages/gateway-words.js';
import { freezeFacts } from '../messages/message.js';
import { readMessage, type DueMessage } from '../notification-set.store.js';
import { readOrderStates, type OrderState } from '../order-messages.store.js';
import { alertScopeOf, lockOrders, tryLockOrders, type AlertScope } from '../scheduling/order-key.js';
import { contactOf, messageFactsOf } from './alert-facts.js';
import { decideInOrder, type Decision } from './decide-in-order.js';

/**
 * Decides on messages that are due, under the locks of their orders. It writes and sends nothing: `NotificationSets`
 * writes, `NotificationWorker` sends, `SendingDryRun` only counts.
 */
@Injectable()
export class NotificationDecisions {
  constructor(
    @Inject(CHANNEL) private readonly channel: Channel,
    @Inject(ENV) private readonly env: Env,
    private readonly words: GatewayWords,
    @Inject(FEATURES) private readonly features: readonly PayhookFeature[],
  ) {}

  /**
   * Decides on the messages, which are in the order of their ids and locked by the caller's transaction. It has
   * `LOOK_UP_SETTINGS`. Waits for no order: a message whose order is locked by another transaction waits.
   */
  async decideSet(
    manager: EntityManager,
    messages: readonly DueMessage[],
    roomFor: (address: string) => number,
  ): Promise<ReadonlyMap<string, Decision>> {
    const orders = ordersOf(messages);
    const isLocked = await tryLockOrders(
      manager,
      orders.map(({ scope }) => scope),
    );
    const locked = orders.filter(({ scope }) => isLocked(scope));
    const ids = messages.map(({ id }) => id);
    const states = locked.length > 0 ? await readOrderStates(manager, locked, ids) : [];
    return this.decideOn(messages, await this.withContacts(manager, states), roomFor);
  }

  /** For a dry run: decides on one message. Waits for the lock of its order. */
  async decide(manager: EntityManager, id: string): Promise<Decision> {
    const messages = await readMessage(manager, id);
    const orders = ordersOf(messages);
    await lockOrders(
      manager,
      orders.map(({ scope }) => scope),
    );
    const states = await readOrderStates(manager, orders, null);
    const complete = await this.withContacts(manager, states);
    return this.decideOn(messages, complete, () => 1).get(id) ?? { kind: 'fail' };
  }

  /** Where the gateway told no contact that the channel can use, a feature may know one: the customer of the order. */
  private async withContacts(
    manager: EntityManager,
    states: readonly OrderState[],
  ): Promise<readonly OrderState[]> {
    const lacking = states.filter((state) => this.channel.addressOf(contactOf(state, this.words)) === null);
    let complete = states;
    for (const feature of this.features) {
      if (lacking.length === 0 || !feature.findContacts) continue;
      const contacts = await feature.findContacts(manager, lacking);
      complete = complete.map((state) => withContact(state, contacts.get(state.paymentId)));
    }
    return complete;
  }

  private decideOn(
    messages: readonly DueMessage[],
    states: readonly OrderState[],
    roomFor: (address: string) => number,
  ): ReadonlyMap<string, Decision> {
    const { alertMaxAgeHours, alertQuietSeconds, production, paymentRetryUrl, mailLocale } = this.env;
    return decideInOrder(messages, {
      states: new Map(states.map((state) => [state.paymentId, state])),
      limits: { maxAgeHours: alertMaxAgeHours, quietSeconds: alertQuietSeconds, production },
      now: Date.now(),
      addressOf: (state) => this.channel.addressOf(contactOf(state, this.words)),
      freeze: (message, state) =>
        freezeFacts(messageFactsOf(message, state, paymentRetryUrl), mailLocale, this.words.failures),
      roomFor,
      takesTime: this.channel.suppresses === undefined,
    });
  }
}

const withContact = (state: OrderState, contact: CustomerContact | undefined): OrderState =>
  contact === undefined
    ? state
    : {
        ...state,
        customerEmail: contact.email,
        customerPhone: contact.phone,
        customerName: state.customerName ?? contact.name,
        customerLocale: state.customerLocale ?? contact.locale,
      };

/** The orders of the messages, one for each payment. */
function ordersOf(messages: readonly DueMessage[]): { paymentId: string; scope: AlertScope }[] {
  const orders = new Map<string, AlertScope>();
  for (const { paymentId, order } of messages) if (order !== null) orders.set(paymentId, alertScopeOf(order));
  return [...orders].map(([paymentId, scope]) => ({ paymentId, scope }));
}
