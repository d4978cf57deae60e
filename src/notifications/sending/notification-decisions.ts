import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ENV } from '../../platform/config/config.module.js';
import type { Env } from '../../platform/config/env.js';
import { type CustomerContact, FEATURES, type PayhookFeature } from '../../platform/features/index.js';
import { CHANNELS, isUnsent, type MessageChannel } from '../channels/channel.js';
import { ChosenKinds } from '../kinds/chosen-kinds.js';
import { GatewayWords } from '../messages/gateway-words.js';
import { freezeFacts } from '../messages/message.js';
import { readMessage, type DueMessage } from '../notification-set.store.js';
import { findSentRefundNotes, readOrderStates, type OrderState } from '../order-messages.store.js';
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
    @Inject(CHANNELS) private readonly channels: readonly MessageChannel[],
    @Inject(ENV) private readonly env: Env,
    private readonly words: GatewayWords,
    private readonly chosen: ChosenKinds,
    @Inject(FEATURES) private readonly features: readonly PayhookFeature[],
  ) {}

  /**
   * Decides on messages of one channel, which are in the order of their ids and locked by the caller's transaction. It has
   * `LOOK_UP_SETTINGS`. Waits for no order: a message whose order is locked by another transaction waits.
   */
  async decideSet(
    manager: EntityManager,
    channel: MessageChannel,
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
    const states = locked.length > 0 ? await readOrderStates(manager, locked, channel.name, ids) : [];
    const complete = await this.withContacts(manager, channel, states);
    return this.decideOn(channel, messages, complete, await sentNotesOf(manager, channel, messages), roomFor);
  }

  /** For a dry run: decides on one message. Waits for the lock of its order. */
  async decide(manager: EntityManager, id: string): Promise<Decision> {
    const messages = await readMessage(manager, id);
    const channel = this.channels.find(({ name }) => name === messages[0]?.channel);
    if (channel === undefined) return { kind: 'fail' };
    const orders = ordersOf(messages);
    await lockOrders(
      manager,
      orders.map(({ scope }) => scope),
    );
    const states = await readOrderStates(manager, orders, channel.name, null);
    const complete = await this.withContacts(manager, channel, states);
    const sent = await sentNotesOf(manager, channel, messages);
    return this.decideOn(channel, messages, complete, sent, () => 1).get(id) ?? { kind: 'fail' };
  }

  /** Where the gateway told no contact that the channel can use, a feature may know one: the customer of the order. */
  private async withContacts(
    manager: EntityManager,
    channel: MessageChannel,
    states: readonly OrderState[],
  ): Promise<readonly OrderState[]> {
    const lacking = states.filter((state) => channel.addressOf(contactOf(state, this.words)) === null);
    let complete = states;
    for (const feature of this.features) {
      if (lacking.length === 0 || !feature.findContacts) continue;
      const contacts = await feature.findContacts(manager, lacking);
      complete = complete.map((state) => withContact(state, contacts.get(state.paymentId)));
    }
    return complete;
  }

  private decideOn(
    channel: MessageChannel,
    messages: readonly DueMessage[],
    states: readonly OrderState[],
    sentRefundNotes: ReadonlyMap<string, readonly string[]>,
    roomFor: (address: string) => number,
  ): ReadonlyMap<string, Decision> {
    const now = Date.now();
    const { alertMaxAgeHours, alertQuietSeconds, production, paymentRetryUrl, mailLocale } = this.env;
    return decideInOrder(messages, {
      states: new Map(states.map((state) => [state.paymentId, state])),
      limits: { maxAgeHours: alertMaxAgeHours, quietSeconds: alertQuietSeconds, production },
      now,
      sentRefundNotes,
      isChosen: (kind, gateway) => this.chosen.has(kind, gateway),
      addressOf: (state) => channel.addressOf(contactOf(state, this.words)),
      freeze: (message, state) =>
        freezeFacts(
          messageFactsOf(message, state, { retryTemplate: paymentRetryUrl, now }),
          mailLocale,
          this.words.failures,
        ),
      roomFor,
      takesTime: !isUnsent(channel),
    });
  }
}

/** The notes about refunds that were sent. Reads nothing where none of the messages is one. */
async function sentNotesOf(
  manager: EntityManager,
  channel: MessageChannel,
  messages: readonly DueMessage[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const payments = messages.flatMap(({ kind, paymentId }) => (kind === 'refund_note' ? [paymentId] : []));
  return payments.length === 0 ? new Map() : findSentRefundNotes(manager, channel.name, payments);
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
