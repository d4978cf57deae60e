import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { OnDomainEvent, type TransactionHandler } from '../../platform/events/index.js';
import {
  FEATURE_CONTEXT,
  type FeatureContext,
  FEATURES,
  noteWork,
  type PayhookFeature,
} from '../../platform/features/index.js';
import { PaymentChanged } from '../payment.events.js';

/**
 * Notes payments that changed for every feature that follows payments, with one statement in the transaction that changes
 * them. `createFollowJob` does the work.
 */
@Injectable()
@OnDomainEvent(PaymentChanged, 'note-feature-work-on-payment-changed')
export class NoteFeatureWorkOnPaymentChangedHandler implements TransactionHandler<PaymentChanged> {
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
    const work = this.features.flatMap(({ name: feature, followPayments }) =>
      followPayments === undefined
        ? []
        : [{ feature, items: followPayments.select?.(changes, this.context) ?? changes }],
    );
    await noteWork(manager, work);
  }
}
