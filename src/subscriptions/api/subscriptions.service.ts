import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { DataSource, type EntityManager } from 'typeorm';
import { lockForFeature, newId, notFound, type Page, problemOf, toPage } from '../../feature.js';
import { databaseTime } from '../database-time.js';
import { Challenge } from '../challenge/challenge.js';
import type { DispatchStatus } from '../dispatch.entity.js';
import { releaseAllHeld } from '../dispatch.store.js';
import { findDispatchPage } from '../dispatch-list.store.js';
import { AddressGuard, TargetRefusedError } from '../guard/address-guard.js';
import { DispatchEngine } from '../engine/dispatch-engine.js';
import { newSecret } from '../sending/secrets.js';
import { SubscriptionSecrets } from '../sending/subscription-secrets.js';
import type { Subscription } from '../subscription.entity.js';
import {
  changeSubscription,
  countSubscriptions,
  deleteSubscription,
  findSubscription,
  findSubscriptionPage,
  insertSubscription,
  lockSubscription,
  type SubscriptionChange,
} from '../subscription.store.js';
import type { Registration, SubscriptionTerms } from './subscription-body.js';
import {
  invalidBody,
  MAX_SUBSCRIPTIONS,
  NOT_CONFIRMED,
  notAllowedNow,
  TOO_MANY_SUBSCRIPTIONS,
} from '../subscription-problems.js';
import {
  type DispatchView,
  type SubscriptionView,
  type SubscriptionWithSecretView,
  toDispatchView,
  toSubscriptionView,
} from './subscription.view.js';

const DAY_MS = 86_400_000;
const REGISTER_AGAIN = 'the subscription is ended: register it again';

/** What operators do with subscriptions. */
@Injectable()
export class SubscriptionsService {
  constructor(
    private readonly db: DataSource,
    private readonly guard: AddressGuard,
    private readonly challenge: Challenge,
    private readonly engine: DispatchEngine,
    private readonly secrets: SubscriptionSecrets,
  ) {}

  async register({ secret: given, ...terms }: Registration): Promise<SubscriptionWithSecretView> {
    await this.checkTarget(terms.url);
    const id = newId();
    const secret = given ?? newSecret();
    const row = { ...terms, id, secret: this.secrets.encrypt(id, secret) };
    const made = newRow(row, await databaseTime(this.db.manager));
    await this.db.transaction(async (manager) => {
      await lockForFeature(manager, 'subscriptions', ['registration']);
      if ((await countSubscriptions(manager)) >= MAX_SUBSCRIPTIONS) throw problemOf(TOO_MANY_SUBSCRIPTIONS);
      await insertSubscription(manager, made);
    });
    return { ...toSubscriptionView(made), secret };
  }

  async find(id: string): Promise<SubscriptionView> {
    return toSubscriptionView(await this.findKnown(id));
  }

  async list(cursor: string | undefined, limit: number): Promise<Page<SubscriptionView>> {
    return toPage(await findSubscriptionPage(this.db.manager, cursor, limit + 1), limit, toSubscriptionView);
  }

  async dispatches(
    id: string,
    { status, cursor, limit }: { status?: DispatchStatus; cursor?: string; limit: number },
  ): Promise<Page<DispatchView>> {
    await this.findKnown(id);
    const found = await findDispatchPage(this.db.manager, { subscriptionId: id, status, cursor }, limit + 1);
    return toPage(found, limit, toDispatchView);
  }

  /**
   * A changed URL is asked first, as a new one is. What happens meanwhile is kept for it. A paused subscription keeps its
   * reason, and is paused again once the URL is confirmed.
   */
  async change(id: string, terms: Partial<SubscriptionTerms>): Promise<SubscriptionView> {
    if (terms.url !== undefined) await this.checkTarget(terms.url);
    const now = await databaseTime(this.db.manager);
    return this.alter(id, ({ url, status }) => {
      if (status === 'ended') throw notAllowedNow(REGISTER_AGAIN);
      if (terms.url === undefined || terms.url === url) return terms;
      return { ...terms, ...newChallenge(now), deadInARow: 0, failingSince: null };
    });
  }

  async remove(id: string): Promise<void> {
    if (!(await deleteSubscription(this.db.manager, id))) throw notFound('subscription');
    this.engine.stopSending(id);
  }

  async rotate(id: string, given: string | null): Promise<SubscriptionWithSecretView> {
    const secret = given ?? newSecret();
    const view = await this.alter(id, (known) => {
      if (known.status === 'ended') throw notAllowedNow(REGISTER_AGAIN);
      return {
        secret: this.secrets.encrypt(id, secret),
        previousSecret: known.secret,
        previousSecretUntil: new Date(Date.now() + DAY_MS),
      };
    });
    return { ...view, secret };
  }

  pause(id: string): Promise<SubscriptionView> {
    return this.alter(id, ({ status, statusReason }) => {
      if (status === 'paused') return { statusReason };
      if (status !== 'active')
        throw notAllowedNow(`the subscription is ${status}: only an active one is paused`);
      return { status: 'paused', statusReason: 'operator' };
    });
  }

  resume(id: string): Promise<SubscriptionView> {
    return this.alter(id, ({ status }) => {
      if (status === 'active') return {};
      if (status !== 'paused')
        throw notAllowedNow(`the subscription is ${status}: only a paused one is resumed`);
      return { status: 'active', statusReason: null, deadInARow: 0, failingSince: null };
    });
  }

  /** @throws Problem 409 where the subscriber does not answer the challenge. */
  async confirm(id: string): Promise<SubscriptionView> {
    const { status } = await this.findKnown(id);
    if (status === 'ended') throw notAllowedNow('the subscription is ended');
    const reason = await this.challenge.ask(id);
    if (reason !== null)
      throw problemOf(NOT_CONFIRMED, { detail: `the challenge was not answered: ${reason}` });
    return this.find(id);
  }

  private async findKnown(id: string): Promise<Subscription> {
    const known = await findSubscription(this.db.manager, id);
    if (known === null) throw notFound('subscription');
    return known;
  }

  private async alter(
    id: string,
    decide: (known: Subscription, manager: EntityManager) => SubscriptionChange,
  ): Promise<SubscriptionView> {
    const view = await this.db.transaction(async (manager) => {
      const known = await lockSubscription(manager, id);
      if (known === null) throw notFound('subscription');
      const change = decide(known, manager);
      await changeSubscription(manager, id, change);
      if (known.ordered && change.ordered === false) await releaseAllHeld(manager, id);
      return toSubscriptionView({ ...known, ...change, updatedAt: new Date() });
    });
    if (view.status !== 'active') this.engine.stopSending(id);
    return view;
  }

  private async checkTarget(url: string): Promise<void> {
    try {
      await this.guard.addressesOf(new URL(url));
    } catch (error) {
      if (!(error instanceof TargetRefusedError)) throw error;
      throw invalidBody([{ path: 'url', message: `leads where nothing is sent to: ${error.reason}` }]);
    }
  }
}

const newChallenge = (now: Date) =>
  ({
    status: 'unconfirmed',
    challenge: randomBytes(24).toString('base64url'),
    challengeAttempts: 0,
    challengeDueAt: now,
    challengeUntil: new Date(now.getTime() + DAY_MS),
    challengeError: null,
  }) as const;

function newRow(terms: SubscriptionTerms & { id: string; secret: string }, now: Date): Subscription {
  return {
    ...{ ...terms, ...newChallenge(now), statusReason: null },
    ...{ previousSecret: null, previousSecretUntil: null },
    ...{ position: null, redeliverAfter: null, redeliverUntil: null },
    ...{ deadInARow: 0, lastSuccessAt: null, failingSince: null, confirmedAt: null },
    ...{ createdAt: now, updatedAt: now },
  };
}
