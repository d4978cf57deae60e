import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import type {
  TransactionHandler,
  DomainEvent,
  DomainEventClass,
  DomainEventHandler,
} from './domain-event.js';
import { ON_DOMAIN_EVENT, type HandlerDeclaration } from './on-domain-event.decorator.js';

/** A handler is declared wrongly. The application does not start, and the message says what to change. */
export class WiringError extends Error {}

export interface RegisteredHandler {
  id: string;
  /** The classes of its events, by their names. */
  events: ReadonlyMap<string, DomainEventClass>;
  handler: DomainEventHandler<DomainEvent<object>>;
}

/** Every handler of the application. They are found by the decorator `@OnDomainEvent` when the application starts. */
@Injectable()
export class HandlerRegistry implements OnModuleInit {
  private readonly durable = new Map<string, RegisteredHandler>();
  private readonly durableIdsByEvent = new Map<string, string[]>();
  private readonly transactional = new Map<string, TransactionHandler<DomainEvent<object>>[]>();

  constructor(private readonly discovery: DiscoveryService) {}

  onModuleInit(): void {
    const ids = new Map<string, string>();
    const classes = new Map<string, DomainEventClass>();
    for (const { instance, metatype } of this.discovery.getProviders()) {
      if (!metatype || !instance) continue;
      const declared = Reflect.getMetadata(ON_DOMAIN_EVENT, metatype) as HandlerDeclaration | undefined;
      if (!declared) continue;
      checkDeclaration(declared, metatype.name, ids, classes);
      this.register(declared, metatype.name, instance as object);
    }
  }

  /** The ids of the handlers that run after the commit. */
  handlerIdsFor(eventName: string): readonly string[] {
    return this.durableIdsByEvent.get(eventName) ?? [];
  }

  /** The handlers that run inside the transaction. */
  transactionHandlersFor(eventName: string): readonly TransactionHandler<DomainEvent<object>>[] {
    return this.transactional.get(eventName) ?? [];
  }

  find(handlerId: string): RegisteredHandler | undefined {
    return this.durable.get(handlerId);
  }

  private register({ events, id }: HandlerDeclaration, className: string, instance: object): void {
    const byName = new Map(events.map((event) => [event.eventName, event]));
    if (isTransactionHandler(instance)) {
      for (const name of byName.keys())
        this.transactional.set(name, [...this.transactionHandlersFor(name), instance]);
    } else if (isHandler(instance)) {
      this.durable.set(id, { id, events: byName, handler: instance });
      for (const name of byName.keys()) this.durableIdsByEvent.set(name, [...this.handlerIdsFor(name), id]);
    } else {
      throw new WiringError(`${className} is decorated with @OnDomainEvent but has no handle() method.`);
    }
  }
}

function checkDeclaration(
  { events, id }: HandlerDeclaration,
  className: string,
  ids: Map<string, string>,
  classes: Map<string, DomainEventClass>,
): void {
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(id)) {
    throw new WiringError(
      `${className} has the handler id "${id}": write it in kebab-case, as in do-this-on-that.`,
    );
  }
  const other = ids.get(id);
  if (other)
    throw new WiringError(`${className} and ${other} have the same handler id "${id}": rename one of them.`);
  ids.set(id, className);
  if (events.length === 0) throw new WiringError(`${className} handles an empty list of events.`);
  for (const event of events) checkEvent(event, className, classes);
}

function checkEvent(
  event: DomainEventClass | undefined,
  className: string,
  classes: Map<string, DomainEventClass>,
): void {
  if (!event?.eventName) {
    throw new WiringError(
      `${className} handles ${event?.name ?? 'nothing'}, an event without a name: give it \`static readonly eventName\`.`,
    );
  }
  const known = classes.get(event.eventName);
  if (known && known !== event) {
    throw new WiringError(`${event.name} and ${known.name} have the same event name "${event.eventName}".`);
  }
  classes.set(event.eventName, event);
}

const isHandler = (instance: object): instance is DomainEventHandler<DomainEvent<object>> =>
  'handle' in instance && typeof instance.handle === 'function';

const isTransactionHandler = (instance: object): instance is TransactionHandler<DomainEvent<object>> =>
  'handleInTransaction' in instance && typeof instance.handleInTransaction === 'function';
