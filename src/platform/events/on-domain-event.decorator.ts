import { SetMetadata } from '@nestjs/common';
import type { DomainEvent, DomainEventClass } from './domain-event.js';

export const ON_DOMAIN_EVENT = 'payhook:on-domain-event';

export interface HandlerDeclaration {
  event: DomainEventClass;
  /** Stored with every run of the handler. Kebab-case; never changed once it is deployed. */
  id: string;
}

/**
 * Declares a provider as the handler of an event. `id` says what the handler does, as in
 * `alert-customer-on-payment-failed`.
 *
 * `HandlerRegistry` finds the provider when the application starts. `EventPublisher` and `HandlerWorker` then call it,
 * so no import leads from a publisher to a handler.
 */
export const OnDomainEvent = <E extends DomainEvent<object>>(
  event: DomainEventClass<E>,
  id: string,
): ClassDecorator => SetMetadata(ON_DOMAIN_EVENT, { event, id } as unknown as HandlerDeclaration);
