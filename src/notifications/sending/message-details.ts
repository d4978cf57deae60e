import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type CustomerView, type PaymentSummaryView, PaymentsReader } from '../../payments/index.js';
import { FEATURES, type PaymentOfOrder, type PayhookFeature } from '../../platform/features/index.js';
import { ReportableError } from '../../platform/logging/reportable-error.js';
import type { MessageDetails } from '../channels/channel.js';
import { GatewayWords } from '../messages/gateway-words.js';

class PaymentMissingError extends ReportableError {
  constructor() {
    super('the payment of the notification does not exist');
  }
}

/** Reads what a message is about, for channels that tell more than its texts. */
@Injectable()
export class MessageDetailsReader {
  constructor(
    private readonly db: DataSource,
    private readonly payments: PaymentsReader,
    private readonly words: GatewayWords,
    @Inject(FEATURES) private readonly features: readonly PayhookFeature[],
  ) {}

  async read(paymentId: string): Promise<MessageDetails> {
    const payment = await this.payments.findSummary(paymentId);
    if (payment === null) throw new PaymentMissingError();
    return { payment, customer: await this.customerOf(payment) };
  }

  /** Where the gateway told no address, a feature may know one: the customer of the order. */
  private async customerOf(payment: PaymentSummaryView): Promise<CustomerView> {
    const { customer } = payment;
    if (this.words.contactEmail(customer.email) !== null || customer.phone !== null) return customer;
    for (const feature of this.features) {
      const contacts = await feature.findContacts?.(this.db.manager, [toPaymentOfOrder(payment)]);
      const contact = contacts?.get(payment.id);
      if (contact === undefined) continue;
      const { email, phone } = contact;
      const [name, locale] = [customer.name ?? contact.name, customer.locale ?? contact.locale];
      return { ...customer, email, phone, name, locale };
    }
    return customer;
  }
}

const toPaymentOfOrder = (payment: PaymentSummaryView): PaymentOfOrder => ({
  ...payment,
  paymentId: payment.id,
  mode: payment.mode === 'test' ? 'test' : 'live',
});
