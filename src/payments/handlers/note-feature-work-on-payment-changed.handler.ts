import { Inject, Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { OnDomainEvent, type TransactionHandler } from '../../platform/events/index.js';
import {
  FEATURE_CONTEXT,
  type FeatureContext,
  FEATURES,
  noteWork,
  type PayhookFeature,
  type PaymentChange,
  type PaymentWorkItem,
} from '../../platform/features/index.js';
import { describeError } from '../../platform/logging/describe-error.js';
import { PaymentChanged } from '../payment.events.js';

/**
 * Notes payments that changed for every feature that follows payments, with one statement in the transaction that changes
 * them. `createFollowJob` does the work.
 */
@Injectable()
@OnDomainEvent(PaymentChanged, 'note-feature-work-on-payment-changed')
export class NoteFeatureWorkOnPaymentChangedHandler implements TransactionHandler<PaymentChanged> {
  private readonly logger = new Logger(NoteFeatureWorkOnPaymentChangedHandler.name);

  constructor(
    @Inject(FEATURES) private readonly features: readonly PayhookFeature[],
    @Inject(FEATURE_CONTEXT) private readonly context: FeatureContext,
  ) {}

  async handleInTransaction(events: readonly PaymentChanged[], manager: EntityManager): Promise<void> {
    const changes = events.map(({ subjectId, silent, payload }) => ({
      paymentId: subjectId,
      silent,
      ...payload,
    }));
    const work = this.features.flatMap((feature) =>
      feature.followPayments === undefined
        ? []
        : [{ feature: feature.name, items: this.itemsOf(feature, changes) }],
    );
    await noteWork(manager, work);
  }

  /** What a feature from outside gets wrong must not keep payments from being written. */
  private itemsOf(
    { name, followPayments }: PayhookFeature,
    changes: readonly PaymentChange[],
  ): readonly PaymentWorkItem[] {
    if (followPayments?.select === undefined) return changes;
    try {
      const selected = followPayments.select(changes, this.context);
      const silent = new Map(selected.map((one) => [one.paymentId, one.silent]));
      return changes
        .filter(({ paymentId }) => silent.has(paymentId))
        .map((change) => ({ ...change, silent: silent.get(change.paymentId) === true }));
    } catch (error) {
      this.logger.error(
        `${name} could not select payments to follow, and follows all: ${describeError(error)}`,
      );
      return changes;
    }
  }
}
