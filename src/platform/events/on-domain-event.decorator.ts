import { SetMetadata } from '@nestjs/common';
import type { DomainEvent, DomainEventClass } from './domain-event.js';

export const ON_DOMAIN_EVENT = 'payhook:on-domain-event';

export interface HandlerDeclaration {
  event: DomainEventClass;
  /** Written to disk beside the event: kebab-case, never changed once deployed. */
  id: string;
}

/** Marks a provider as the handler of an event; `id` says what it does, as in `alert-customer-on-payment-failed`. */
export const OnDomainEvent = <E extends DomainEvent<object>>(
  event: DomainEventClass<E>,
  id: string,
): ClassDecorator => SetMetadata(ON_DOMAIN_EVENT, { event, id } as unknown as HandlerDeclaration);
