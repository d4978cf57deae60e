import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { ENV } from '../../platform/config/config.module.js';
import type { Env } from '../../platform/config/env.js';
import { isDatabaseUnavailable } from '../../platform/database/database-unavailable.js';
import {
  backoffMs,
  inTransactionWith,
  LOOK_UP_SETTINGS,
  RETRY_POLICY,
  type RetryPolicy,
} from '../../platform/jobs/index.js';
import { describeError } from '../../platform/logging/describe-error.js';
import { ReportableError } from '../../platform/logging/reportable-error.js';
import type { MessageChannel } from '../channels/channel.js';
import {
  type DecidedEnd,
  type DecidedMessage,
  type DueMessage,
  type HeldBackMessage,
  lockDueMessage,
  lockDueMessages,
  saveDecided,
  saveHeldBack,
} from '../notification-set.store.js';
import { POSTPONE_MS } from '../order-messages.store.js';
import { TOO_MANY } from '../kinds/message-rules.js';
import { publishOperatorNotice } from '../../platform/notices/index.js';
import { alertLimitNotice, alertLimitNoticeKey } from './alert-limit-notice.js';
import type { Decision } from './decide-in-order.js';
import { NotificationDecisions } from './notification-decisions.js';

class PaymentMissingError extends ReportableError {
  constructor() {
    super('the payment of the notification does not exist');
  }
}

export interface SetRequest {
  /** The channel whose messages are decided. */
  channel: MessageChannel;
  limit: number;
  /** What becomes of the messages that are decided to go out. */
  end: DecidedEnd;
  /** How many more messages may go to an address. */
  roomFor: (address: string) => number;
}

/** A message with what was decided. */
export type Decided = { message: DueMessage } & (
  Extract<Decision, { kind: 'send' | 'suppress' | 'wait' }> | FailedDecision
);

/** A message that could not be decided. */
export interface FailedDecision {
  kind: 'fail';
  error: string;
  isDead: boolean;
}

/** Decides on the messages that are due and writes the decisions, many with each statement. */
@Injectable()
export class NotificationSets {
  /** The last decision that began in this process. Never rejects. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly db: DataSource,
    private readonly decisions: NotificationDecisions,
    @Inject(ENV) private readonly env: Env,
    @Inject(RETRY_POLICY) private readonly retry: RetryPolicy,
  ) {}

  /**
   * One transaction for a set. It waits for no other one, so that it can hold the locks of a hundred orders. A set that
   * fails is rolled back, and its messages are decided one by one, so that one message keeps no other from going out.
   * Rejects when the database is unavailable.
   *
   * The channels of a process take turns: an order is locked for all its channels, and a message that finds its order
   * locked waits for {@link POSTPONE_MS}.
   */
  decideNext(request: SetRequest): Promise<readonly Decided[]> {
    const decided = this.turn.then(() => this.decideSet(request));
    this.turn = decided.catch(() => undefined);
    return decided;
  }

  private async decideSet(request: SetRequest): Promise<readonly Decided[]> {
    let locked: readonly DueMessage[] = [];
    try {
      return await this.decideIn(async (manager) => {
        locked = await lockDueMessages(
          manager,
          request.channel.name,
          request.limit,
          this.env.alertMaxAgeHours,
        );
        return locked;
      }, request);
    } catch (error) {
      if (isDatabaseUnavailable(error)) throw error;
      if (locked.length === 0) throw error;
      return this.decideOneByOne(locked, request);
    }
  }

  private async decideOneByOne(
    messages: readonly DueMessage[],
    request: SetRequest,
  ): Promise<readonly Decided[]> {
    const decided: Decided[] = [];
    const lock = (id: string) => (manager: EntityManager) =>
      lockDueMessage(manager, id, this.env.alertMaxAgeHours);
    for (const message of messages)
      try {
        decided.push(...(await this.decideIn(lock(message.id), request)));
      } catch (error) {
        if (isDatabaseUnavailable(error)) throw error;
        decided.push(...(await this.saveFailure(lock(message.id), error)));
      }
    return decided;
  }

  /** Locks the message again: since the rollback another process may have decided it, and that is what counts. */
  private saveFailure(
    lock: (manager: EntityManager) => Promise<readonly DueMessage[]>,
    error: unknown,
  ): Promise<readonly Decided[]> {
    return inTransactionWith(this.db, LOOK_UP_SETTINGS, async (manager) => {
      const failed = (await lock(manager)).map((message) => ({
        message,
        ...this.failedDecision(message, error),
      }));
      await saveHeldBack(
        manager,
        failed.map((one) => this.toHeldBack(one.message, one)),
      );
      return failed;
    });
  }

  private decideIn(
    lock: (manager: EntityManager) => Promise<readonly DueMessage[]>,
    { channel, end, roomFor }: SetRequest,
  ): Promise<readonly Decided[]> {
    return inTransactionWith(this.db, LOOK_UP_SETTINGS, async (manager) => {
      const messages = await lock(manager);
      if (messages.length === 0) return [];
      const decisions = await this.decisions.decideSet(manager, channel, messages, roomFor);
      const decided = messages.map((message) => this.toDecided(message, decisions.get(message.id)));
      await saveDecided(manager, decided.flatMap(toDecidedMessage), end);
      await saveHeldBack(
        manager,
        decided.flatMap((one) => (one.kind === 'send' ? [] : [this.toHeldBack(one.message, one)])),
      );
      await this.tellOfLimit(manager, decided);
      return decided;
    });
  }

  /** Once a day, however many alerts and addresses it concerns. Nobody is told of what was asked for by a limit of 0. */
  private async tellOfLimit(manager: EntityManager, decided: readonly Decided[]): Promise<void> {
    const { operatorMail, alertsPerAddressPerHour: limit } = this.env;
    const first = decided.find((one) => one.kind === 'suppress' && one.reason === TOO_MANY);
    if (first === undefined || operatorMail === null || limit === 0) return;
    const { gateway, account } = first.message.stored;
    await publishOperatorNotice(
      manager,
      alertLimitNoticeKey(new Date()),
      alertLimitNotice({ gateway, account, limit }),
    );
  }

  private toDecided(message: DueMessage, decision: Decision = { kind: 'fail' }): Decided {
    if (decision.kind === 'fail')
      return { message, ...this.failedDecision(message, new PaymentMissingError()) };
    return { message, ...decision };
  }

  private failedDecision({ attempts }: DueMessage, error: unknown): FailedDecision {
    const isDead = attempts + 1 >= this.retry.maxAttempts;
    return { kind: 'fail', error: describeError(error), isDead };
  }

  private toHeldBack(
    { id, attempts }: DueMessage,
    decision: Exclude<Decision, { kind: 'send' | 'fail' }> | FailedDecision,
  ): HeldBackMessage {
    const undecided = { id, reason: null, error: null, counted: true, delayMs: 0 };
    if (decision.kind === 'wait')
      return { ...undecided, status: 'pending', counted: false, delayMs: decision.delayMs ?? POSTPONE_MS };
    if (decision.kind === 'suppress') return { ...undecided, status: 'suppressed', reason: decision.reason };
    const delayMs = backoffMs(this.retry, attempts + 1, Math.random());
    const status = decision.isDead ? 'dead' : 'pending';
    return { ...undecided, status, error: decision.error, delayMs };
  }
}

const toDecidedMessage = (decided: Decided): DecidedMessage[] => {
  if (decided.kind !== 'send') return [];
  const { message, recipient, facts, scope } = decided;
  return [{ id: message.id, recipient, facts, scope }];
};
