import { Injectable, Module } from '@nestjs/common';
import { OnDomainEvent, type DomainEventHandler } from '../../src/platform/events/index.js';
import { PaymentFailed, PaymentSucceeded } from '../../src/payments/index.js';

/** Throws an error that quotes all it knows, in every place an error has for words. */
@Injectable()
@OnDomainEvent(PaymentFailed, 'quote-on-payment-failed')
export class QuoteOnPaymentFailedHandler implements DomainEventHandler<PaymentFailed> {
  handle({ payload }: PaymentFailed): Promise<void> {
    const words = JSON.stringify(payload);
    const cause = Object.assign(new Error(words), { code: words, detail: words });
    return Promise.reject(Object.assign(new TypeError(words, { cause }), { code: words }));
  }
}

/** Throws what is no error at all. */
@Injectable()
@OnDomainEvent(PaymentSucceeded, 'throw-the-payload-on-payment-succeeded')
export class ThrowThePayloadOnPaymentSucceededHandler implements DomainEventHandler<PaymentSucceeded> {
  handle({ payload }: PaymentSucceeded): Promise<void> {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what others' code may do
    return Promise.reject(JSON.stringify(payload));
  }
}

/** Handlers as others may write them. */
@Module({ providers: [QuoteOnPaymentFailedHandler, ThrowThePayloadOnPaymentSucceededHandler] })
export class TactlessModule {}
