import { describe, expect, it } from '@jest/globals';
import { Injectable, type Type } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { DomainEvent, type TransactionHandler, type DomainEventHandler } from './domain-event.js';
import { HandlerRegistry, WiringError } from './handler-registry.js';
import { OnDomainEvent } from './on-domain-event.decorator.js';

class OrderShipped extends DomainEvent<{ orderId: string }> {
  static override readonly eventName = 'order.shipped';
}
class OrderSent extends DomainEvent<{ orderId: string }> {
  static override readonly eventName = 'order.shipped';
}
class OrderReturned extends DomainEvent<{ orderId: string; reason: string }> {
  static override readonly eventName = 'order.returned';
}
class Nameless extends DomainEvent<object> {}

@Injectable()
@OnDomainEvent(OrderShipped, 'tell-customer-on-order-shipped')
class TellCustomer implements DomainEventHandler<OrderShipped> {
  async handle(): Promise<void> {}
}

@Injectable()
@OnDomainEvent(OrderShipped, 'count-order-on-order-shipped')
class CountOrder implements TransactionHandler<OrderShipped> {
  async handleInTransaction(): Promise<void> {}
}

async function registryOf(...providers: Type[]): Promise<HandlerRegistry> {
  const module = await Test.createTestingModule({
    imports: [DiscoveryModule],
    providers: [HandlerRegistry, ...providers],
  }).compile();
  await module.init();
  return module.get(HandlerRegistry);
}

/** A handler class with this name, decorated for this event with this id. */
function handler(name: string, event: typeof OrderShipped, id: string): Type {
  const wired = { [name]: class extends TellCustomer {} }[name] as Type;
  OnDomainEvent(event, id)(wired);
  return wired;
}

describe('the handlers that the registry finds', () => {
  it('are found by their decorator, those of the transaction apart from those after the commit', async () => {
    const registry = await registryOf(TellCustomer, CountOrder);
    expect(registry.handlerIdsFor('order.shipped')).toEqual(['tell-customer-on-order-shipped']);
    expect([...(registry.find('tell-customer-on-order-shipped')?.events ?? [])]).toEqual([
      ['order.shipped', OrderShipped],
    ]);
    expect(registry.transactionHandlersFor('order.shipped')).toHaveLength(1);
    expect(registry.handlerIdsFor('order.lost')).toEqual([]);
    expect(registry.find('nobody')).toBeUndefined();
  });

  it('may handle several events, with one id', async () => {
    @Injectable()
    @OnDomainEvent([OrderShipped, OrderReturned], 'follow-order')
    class FollowOrder extends TellCustomer {}
    const registry = await registryOf(TellCustomer, FollowOrder);
    expect(registry.handlerIdsFor('order.shipped')).toEqual([
      'tell-customer-on-order-shipped',
      'follow-order',
    ]);
    expect(registry.handlerIdsFor('order.returned')).toEqual(['follow-order']);
    expect(registry.find('follow-order')?.events.get('order.returned')).toBe(OrderReturned);
  });

  it('must handle an event at least: the error names the class', async () => {
    @Injectable()
    @OnDomainEvent([], 'do-nothing')
    class Idle extends TellCustomer {}
    await expect(registryOf(Idle)).rejects.toThrow('Idle handles an empty list of events.');
  });

  it('must have different ids: the error names both, and says what to change', async () => {
    const twin = handler('TellShopOnOrderShippedHandler', OrderShipped, 'tell-customer-on-order-shipped');
    await expect(registryOf(TellCustomer, twin)).rejects.toThrow(
      new WiringError(
        'TellShopOnOrderShippedHandler and TellCustomer have the same handler id "tell-customer-on-order-shipped": rename one of them.',
      ),
    );
  });

  it('must have an event with a name: the error says where to give it one', async () => {
    const nameless = handler('OnNamelessHandler', Nameless as never, 'do-this-on-nameless');
    await expect(registryOf(nameless)).rejects.toThrow(
      'OnNamelessHandler handles Nameless, an event without a name: give it `static readonly eventName`.',
    );
  });

  it('must have an event, which is missing after a circular import: the error says so', async () => {
    const lost = handler('OnNothingHandler', undefined as never, 'do-this-on-nothing');
    await expect(registryOf(lost)).rejects.toThrow(
      /^OnNothingHandler handles nothing, an event without a name/,
    );
  });

  it('must have handle(): the error names the class', async () => {
    @Injectable()
    @OnDomainEvent(OrderShipped, 'forget-on-order-shipped')
    class Forgetful {}
    await expect(registryOf(Forgetful)).rejects.toThrow(
      'Forgetful is decorated with @OnDomainEvent but has no handle() method.',
    );
  });

  it.each(['', 'Tell-Customer', 'tell_customer', 'tell customer', '-tell', 'tell-', 'tell--customer'])(
    'must have an id in kebab-case: the error says so for %j',
    async (id) => {
      await expect(registryOf(handler('BadlyNamed', OrderShipped, id))).rejects.toThrow(
        `BadlyNamed has the handler id "${id}": write it in kebab-case, as in do-this-on-that.`,
      );
    },
  );

  it('must have events with different names: the error names both', async () => {
    const other = handler('OnOrderSent', OrderSent, 'do-this-on-order-sent');
    await expect(registryOf(TellCustomer, other)).rejects.toThrow(
      'OrderSent and OrderShipped have the same event name "order.shipped".',
    );
  });
});
