import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ENV } from '../../platform/config/config.module.js';
import type { Env } from '../../platform/config/env.js';
import { type CustomerContact, FEATURES, type PayhookFeature } from '../../platform/features/index.js';
import { usableAddress } from '../channels/channel-answers.js';
import { CHANNELS, isUnsent, type MessageChannel } from '../channels/channel.js';
import { ChosenKinds } from '../kinds/chosen-kinds.js';
import type { SentRefundNotes } from '../kinds/refund-notes.js';
import { GatewayWords } from '../messages/gateway-words.js';
import { MAX_ADDRESS_LENGTH, usableEmail } from '../messages/contact.js';
import { freezeFacts } from '../messages/message.js';
import { readAddressUses } from '../address-sends.store.js';
import { readMessage, type DueMessage } from '../notification-set.store.js';
import { readOrderStates, type OrderState } from '../order-messages.store.js';
import { findSentRefundNotes } from '../payment-messages.store.js';
import { ReminderJudge } from '../reminders/reminder-judge.js';
import {
  type AddressUse,
  canonicalAddress,
  LIMITED_KINDS,
  isLimited,
  tryLockAddresses,
  UNUSED,
} from '../scheduling/address-limit.js';
import { alertScopeOf, tryLockOrders, type AlertScope } from '../scheduling/order-key.js';
import { contactOf, messageFactsOf } from './alert-facts.js';
import { decideInOrder, type Decision, type SetKnowledge } from './decide-in-order.js';

/**
 * Decides on messages that are due. It writes and sends nothing: `NotificationSets` writes, `NotificationWorker` sends,
 * `SendingDryRun` only counts.
 */
@Injectable()
export class NotificationDecisions {
  constructor(
    @Inject(CHANNELS) private readonly channels: readonly MessageChannel[],
    @Inject(ENV) private readonly env: Env,
    private readonly words: GatewayWords,
    private readonly chosen: ChosenKinds,
    private readonly reminders: ReminderJudge,
    @Inject(FEATURES) private readonly features: readonly PayhookFeature[],
  ) {}

  /**
   * Decides on messages of one channel, under the locks of their orders. They are in the order of their ids and locked by
   * the caller's transaction. It has `LOOK_UP_SETTINGS`. Waits for no order: a message whose order is locked by another
   * transaction waits.
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
    const found = locked.length > 0 ? await readOrderStates(manager, locked, channel.name, ids) : [];
    const states = await this.withContacts(manager, channel, found);
    const addresses = this.addressesOfAlerts(channel, messages, states);
    const isAddressLocked = await tryLockAddresses(manager, channel.name, addresses);
    const alerts = await this.readAlerts(manager, channel, addresses.filter(isAddressLocked));
    const sent = await sentNotesOf(manager, channel, messages);
    const reminders = await this.reminders.judge(manager, messages);
    return this.decideOn(channel, messages, { states, sent, reminders, alerts, roomFor });
  }

  /**
   * For a dry run: decides on one message. Locks no order, so that it never waits in a circle with those who work on
   * several orders.
   */
  async decide(manager: EntityManager, id: string): Promise<Decision> {
    const messages = await readMessage(manager, id);
    const channel = this.channels.find(({ name }) => name === messages[0]?.channel);
    if (channel === undefined) return { kind: 'fail' };
    const found = await readOrderStates(manager, ordersOf(messages), channel.name, null);
    const states = await this.withContacts(manager, channel, found);
    const alerts = await this.readAlerts(manager, channel, this.addressesOfAlerts(channel, messages, states));
    const sent = await sentNotesOf(manager, channel, messages);
    const reminders = await this.reminders.judge(manager, messages);
    const decisions = this.decideOn(channel, messages, { states, sent, reminders, alerts, roomFor: () => 1 });
    return decisions.get(id) ?? { kind: 'fail' };
  }

  /** By what alerts of the set are counted, each address once. None where the channel sends nothing. */
  private addressesOfAlerts(
    channel: MessageChannel,
    messages: readonly DueMessage[],
    states: readonly OrderState[],
  ): string[] {
    if (isUnsent(channel)) return [];
    const alerted = new Set(messages.filter(({ kind }) => isLimited(kind)).map(({ paymentId }) => paymentId));
    const addresses = states.flatMap((state) =>
      alerted.has(state.paymentId) ? (this.recipientOf(channel, state) ?? []) : [],
    );
    return [...new Set(addresses.map(canonicalAddress))];
  }

  private readAlerts(
    manager: EntityManager,
    { name: channel }: MessageChannel,
    addresses: readonly string[],
  ): Promise<ReadonlyMap<string, AddressUse>> {
    const limit = this.env.alertsPerAddressPerHour;
    return readAddressUses(manager, addresses, { channel, kinds: LIMITED_KINDS, limit });
  }

  /** Where the gateway told no contact that the channel can use, a feature may know one: the customer of the order. */
  private async withContacts(
    manager: EntityManager,
    channel: MessageChannel,
    states: readonly OrderState[],
  ): Promise<readonly OrderState[]> {
    const lacking = states.filter((state) => this.lacksContact(channel, state));
    let complete = states;
    for (const feature of this.features) {
      if (lacking.length === 0 || !feature.findContacts) continue;
      const contacts = await feature.findContacts(manager, lacking);
      complete = complete.map((state) => withContact(state, contacts.get(state.paymentId)));
    }
    return complete;
  }

  /** A channel that needs no address tells whatever is known of the customer. */
  private lacksContact(channel: MessageChannel, state: OrderState): boolean {
    const contact = contactOf(state, this.words);
    return channel.addressOf === null
      ? contact.email === null && contact.phone === null
      : usableAddress(channel, contact) === null;
  }

  /** For `SetKnowledge.addressOf`. A customer who was erased is told nothing, whatever the channel needs. */
  private addressOf(channel: MessageChannel, state: OrderState): string | null {
    if (channel.addressOf === null && state.isErased) return null;
    return usableAddress(channel, contactOf(state, this.words));
  }

  /** For `SetKnowledge.recipientOf`. An address that is none, as a form may demand one, is that of many customers. */
  private recipientOf(channel: MessageChannel, state: OrderState): string | null {
    const contact = contactOf(state, this.words);
    const address =
      channel.addressOf === null
        ? (usableEmail(contact.email) ?? contact.phone?.slice(0, MAX_ADDRESS_LENGTH))
        : usableAddress(channel, contact);
    return address === undefined || address === '' ? null : address;
  }

  private decideOn(
    channel: MessageChannel,
    messages: readonly DueMessage[],
    { states, sent, reminders, alerts, roomFor }: Findings,
  ): ReadonlyMap<string, Decision> {
    const now = Date.now();
    const { production, paymentRetryUrl, mailLocale } = this.env;
    return decideInOrder(messages, {
      states: new Map(states.map((state) => [state.paymentId, state])),
      limits: {
        maxAgeHours: this.env.alertMaxAgeHours,
        quietSeconds: this.env.alertQuietSeconds,
        alertsPerAddress: this.env.alertsPerAddressPerHour,
        production,
      },
      now,
      sentRefundNotes: sent,
      reminders,
      isChosen: (kind, gateway) => this.chosen.has(kind, gateway),
      addressOf: (state) => this.addressOf(channel, state),
      recipientOf: (state) => this.recipientOf(channel, state),
      freeze: (message, state) =>
        freezeFacts(
          messageFactsOf(message, state, { retryTemplate: paymentRetryUrl, now }),
          mailLocale,
          this.words.failures,
        ),
      roomFor,
      alertsTo: (address) => (isUnsent(channel) ? UNUSED : (alerts.get(address) ?? null)),
      takesTime: !isUnsent(channel),
    });
  }
}

/** The notes about refunds that were sent. Reads nothing where none of the messages is one. */
async function sentNotesOf(
  manager: EntityManager,
  channel: MessageChannel,
  messages: readonly DueMessage[],
): Promise<ReadonlyMap<string, SentRefundNotes>> {
  const payments = messages.flatMap(({ kind, paymentId }) => (kind === 'refund_note' ? [paymentId] : []));
  return payments.length === 0 ? new Map() : findSentRefundNotes(manager, channel.name, payments);
}

/** What was read for a set of messages. */
interface Findings {
  states: readonly OrderState[];
  /** The notes about refunds that were sent, by payment. */
  sent: ReadonlyMap<string, SentRefundNotes>;
  reminders: SetKnowledge['reminders'];
  /** By the canonical address. Absent where the lock of the address was not taken. */
  alerts: ReadonlyMap<string, AddressUse>;
  roomFor: (address: string) => number;
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
