import { SetMetadata } from '@nestjs/common';
import type { DataSchema, DomainEvent, DomainEventClass } from './domain-event.js';

export const ON_DOMAIN_EVENT = 'payhook:on-domain-event';

export interface HandlerDeclaration {
  events: readonly DomainEventClass[];
  /** Stored with every run of the handler. Kebab-case; never changed once it is deployed. */
  id: string;
}

/** An event class of any payload. */
export type AnyDomainEventClass = {
  new (subjectId: string, causeId: string, payload: never, silent?: boolean): DomainEvent<object>;
  readonly eventName: string;
  readonly defaults: Readonly<Record<string, unknown>>;
  readonly shown: Readonly<Record<string, DataSchema>>;
};

/**
 * Declares a provider as the handler of an event, or of several: `@OnDomainEvent([PaymentSucceeded, PaymentRefunded], id)`.
 * A handler of several events is given all those of one commit in one batch. `id` says what the handler does, as in
 * `alert-customer-on-payment-failed`.
 *
 * `HandlerRegistry` finds the provider when the application starts. `EventPublisher` and `HandlerWorker` then call it,
 * so no import leads from a publisher to a handler.
 */
export const OnDomainEvent = (
  events: AnyDomainEventClass | readonly AnyDomainEventClass[],
  id: string,
): ClassDecorator =>
  SetMetadata(ON_DOMAIN_EVENT, {
    events: Array.isArray(events) ? events : [events],
    id,
  });
