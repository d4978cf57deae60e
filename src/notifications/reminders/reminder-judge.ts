import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { MessageOfPayment } from '../payment-messages.store.js';
import type { DueMessage } from '../notification-set.store.js';
import { findDunning } from './dunning.js';
import { type KnownOrder, OrderStories, readReminderTime } from './order-stories.js';
import { reminderOfKey } from './reminder-plan.js';
import { judgeReminder, type ReminderReason } from './reminder-rules.js';

/** What is decided about a reminder before the rules of every message; null where nothing stands against it. */
export type ReminderVerdict = ReminderReason | 'wait' | null;

/** Decides on reminders from their orders as they are now. Reads only: `NotificationDecisions` does the rest. */
@Injectable()
export class ReminderJudge {
  constructor(private readonly stories: OrderStories) {}

  /** The verdicts on those of the messages that are reminders, by the id of the message. One set of statements for all. */
  async judge(
    manager: EntityManager,
    messages: readonly DueMessage[],
  ): Promise<ReadonlyMap<string, ReminderVerdict>> {
    const reminders = messages.flatMap((message) => {
      const order = message.kind === 'reminder' ? orderOf(message) : null;
      return order === null ? [] : [{ message, order }];
    });
    if (reminders.length === 0) return new Map();
    const now = await readReminderTime(manager);
    const known = await this.stories.read(
      manager,
      reminders.map(({ order }) => order),
    );
    return new Map(
      reminders.flatMap(({ message }, at) => {
        const order = known[at];
        return order === undefined ? [] : [[message.id, verdictOn(message, order, now)]];
      }),
    );
  }
}

function orderOf({ order }: DueMessage) {
  const orderId = order?.orderId ?? order?.gatewayOrderId ?? null;
  return order === null || orderId === null
    ? null
    : { mode: order.mode, merchant: order.merchant ?? null, orderId };
}

function verdictOn(message: DueMessage, { story, messages }: KnownOrder, now: number): ReminderVerdict {
  const others = messages.filter(({ id, channel }) => id !== message.id && channel === message.channel);
  const sent = others.flatMap(({ status, sentAt }) =>
    status === 'sent' && sentAt !== null ? [sentAt.getTime()] : [],
  );
  return judgeReminder({
    reminder: reminderOfKey(message.attemptKey),
    dunning: findDunning(story),
    isClosed: story.isClosed,
    lastMessageAt: sent.length > 0 ? Math.max(...sent) : null,
    isAnotherPending: others.some((other) => goesFirst(other, message)),
    now,
  });
}

/** Of two reminders the older one goes first, so that they do not wait for each other. */
const goesFirst = ({ id, kind, status }: MessageOfPayment, message: DueMessage): boolean =>
  status === 'pending' && (kind !== 'reminder' || id < message.id);
