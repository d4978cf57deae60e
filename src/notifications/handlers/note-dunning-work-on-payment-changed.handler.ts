import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { PaymentChanged } from '../../payments/index.js';
import { OnDomainEvent, type TransactionHandler } from '../../platform/events/index.js';
import { ChosenKinds } from '../kinds/chosen-kinds.js';
import { STARTING, TELLING } from '../reminders/dunning.js';
import { insertDunningWork } from '../reminders/dunning.store.js';

/**
 * Notes payments that changed, with one statement in the transaction that changes them, and with none where no gateway has
 * reminders. The job of `reminder-jobs.ts` does the work. A silent change starts nothing; it may end or move what started.
 */
@Injectable()
@OnDomainEvent(PaymentChanged, 'note-dunning-work-on-payment-changed')
export class NoteDunningWorkOnPaymentChangedHandler implements TransactionHandler<PaymentChanged> {
  private readonly isOn: boolean;

  constructor(chosen: ChosenKinds) {
    this.isOn = chosen.isChosenAnywhere('reminder');
  }

  async handleInTransaction(events: readonly PaymentChanged[], manager: EntityManager): Promise<void> {
    if (!this.isOn) return;
    const telling = events.filter(
      ({ payload: { previousOrder, reported } }) =>
        // A rebuild reports nothing, and may have changed anything.
        previousOrder !== null ||
        reported.length === 0 ||
        reported.some(({ kind }) => TELLING.includes(kind)),
    );
    await insertDunningWork(
      manager,
      telling.map(({ subjectId, payload: { previousOrder, reported }, silent }) => ({
        paymentId: subjectId,
        starts:
          (previousOrder !== null && !silent) ||
          reported.some((one) => !one.silent && STARTING.includes(one.kind)),
        previousOrder,
      })),
    );
  }
}
