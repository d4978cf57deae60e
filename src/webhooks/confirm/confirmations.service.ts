import { Injectable } from '@nestjs/common';
import { problemOf } from '../../platform/http/problem.js';
import type { GatewayAccount } from '../../platform/config/env.js';
import type { Gateway } from '../gateways/gateway.js';
import { GatewayRegistry } from '../gateways/gateway-registry.js';
import { missingToAsk } from '../gateways/needed-to-ask.js';
import { type ConfirmationQuestion, toConfirmedDelivery } from '../inbox/confirmed-delivery.js';
import { findWaitingHints } from '../inbox/hint.store.js';
import { Inbox } from '../inbox/inbox.js';
import { InboxDatabase } from '../inbox/inbox-database.js';
import { NotStoredError } from '../inbox/store-result.js';
import { confirmations } from '../webhook.metrics.js';
import { cannotAskNow, invalidConfirmation, NOTHING_TO_ASK } from './confirmation-problems.js';
import { ConfirmationRate } from './confirmation-rate.js';

/** Questions to one account that wait. The webhooks of a gateway that is only asked count, too. */
const MAX_WAITING = 1_000;

/** `duplicate`: an equal question waits already, and its answer counts for both. `id` is the delivery's. */
export interface AcceptedConfirmation {
  readonly status: 'accepted' | 'duplicate';
  readonly id: string;
}

/**
 * Takes what a browser brought back to a shop, and has the gateway asked: a confirmation is stored as a hint, and
 * `FetchWorker` asks as it does for hints of webhooks. Nothing that a browser said becomes part of a payment.
 */
@Injectable()
export class ConfirmationsService {
  private readonly rates = new Map<GatewayAccount, ConfirmationRate>();

  constructor(
    private readonly registry: GatewayRegistry,
    private readonly inbox: Inbox,
    private readonly db: InboxDatabase,
  ) {}

  /** @throws Problem 404, 422 or 503. */
  async confirm(gatewayName: string, accountName: string, body: unknown): Promise<AcceptedConfirmation> {
    const { gateway, account } = this.find(gatewayName, accountName);
    const count = (outcome: string): void => confirmations.inc({ gateway: gatewayName, outcome });
    const confirmation =
      typeof body === 'object' && body !== null && !Array.isArray(body)
        ? gateway.confirm(body, account.settings)
        : NOT_AN_OBJECT;
    if (confirmation.kind === 'invalid') {
      count('invalid');
      throw invalidConfirmation(confirmation.issues);
    }
    const question = { gateway: gatewayName, account: accountName, hint: confirmation.hint };
    try {
      const accepted = await this.ask(question, this.rateOf(account));
      count(accepted.status);
      return accepted;
    } catch (error) {
      count('unavailable');
      throw error instanceof NotStoredError ? cannotAskNow(undefined, error) : error;
    }
  }

  private find(gatewayName: string, accountName: string) {
    const gateway = this.registry.gateway(gatewayName);
    const account = this.registry.account(gatewayName, accountName);
    if (!hasConfirmations(gateway) || !account || missingToAsk(gateway, account).length > 0)
      throw problemOf(NOTHING_TO_ASK);
    return { gateway, account };
  }

  /**
   * A question that waits is shared, so that a page that is reloaded asks once. It was not begun when this confirmation
   * came, so its answer is at least as new.
   */
  private async ask(question: ConfirmationQuestion, rate: ConfirmationRate): Promise<AcceptedConfirmation> {
    const seconds = rate.take();
    if (seconds !== null) throw cannotAskNow(seconds);
    const waiting = await this.db.run((manager) => findWaitingHints(manager, question, MAX_WAITING));
    if (waiting.equal !== null) return { status: 'duplicate', id: waiting.equal };
    if (waiting.count >= MAX_WAITING) throw cannotAskNow();
    const { delivery, interpreted } = toConfirmedDelivery(question);
    const { id } = await this.inbox.accept(delivery, interpreted);
    return { status: 'accepted', id };
  }

  private rateOf(account: GatewayAccount): ConfirmationRate {
    const known = this.rates.get(account) ?? new ConfirmationRate(() => performance.now());
    this.rates.set(account, known);
    return known;
  }
}

const NOT_AN_OBJECT = {
  kind: 'invalid',
  issues: [{ path: '$', message: 'must be an object' }],
} as const;

const hasConfirmations = (
  gateway: Gateway | undefined,
): gateway is Gateway & Required<Pick<Gateway, 'confirm'>> =>
  gateway?.confirm !== undefined && gateway.fetch !== undefined;
