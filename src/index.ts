/** `payhook`: what a handler, a channel or a feature of one's own needs. */
export type { Channel, Contact, OutgoingMessage, SendResult } from './notifications/channels/channel.js';
export * from './payments/payment.events.js';
export {
  DomainEvent,
  type DomainEventClass,
  type DomainEventHandler,
} from './platform/events/domain-event.js';
export { OnDomainEvent } from './platform/events/on-domain-event.decorator.js';
