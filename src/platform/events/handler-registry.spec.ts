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

/** A handler class wired as told. */
function handler(name: string, event: typeof OrderShipped, id: string): Type {
  const wired = { [name]: class extends TellCustomer {} }[name] as Type;
  OnDomainEvent(event, id)(wired);
  return wired;
}

describe('wiring', () => {
  it('finds handlers by their decorator, those of the commit apart from those that come later', async () => {
    const registry = await registryOf(TellCustomer, CountOrder);
    expect(registry.handlerIdsFor('order.shipped')).toEqual(['tell-customer-on-order-shipped']);
    expect(registry.find('tell-customer-on-order-shipped')?.event).toBe(OrderShipped);
    expect(registry.transactionHandlersFor('order.shipped')).toHaveLength(1);
    expect(registry.handlerIdsFor('order.lost')).toEqual([]);
    expect(registry.find('nobody')).toBeUndefined();
  });

  it('two handlers with one id: says which, and what to do', async () => {
    const twin = handler('TellShopOnOrderShippedHandler', OrderShipped, 'tell-customer-on-order-shipped');
    await expect(registryOf(TellCustomer, twin)).rejects.toThrow(
      new WiringError(
        'TellShopOnOrderShippedHandler and TellCustomer have the same handler id "tell-customer-on-order-shipped": rename one of them.',
      ),
    );
  });

  it('an event without a name: says where to give it one', async () => {
    const nameless = handler('OnNamelessHandler', Nameless as never, 'do-this-on-nameless');
    await expect(registryOf(nameless)).rejects.toThrow(
      'OnNamelessHandler handles Nameless, an event without a name: give it `static readonly eventName`.',
    );
  });

  it('no event at all, as when an import is circular: says so', async () => {
    const lost = handler('OnNothingHandler', undefined as never, 'do-this-on-nothing');
    await expect(registryOf(lost)).rejects.toThrow(
      /^OnNothingHandler handles nothing, an event without a name/,
    );
  });

  it('no handle(): says which class', async () => {
    @Injectable()
    @OnDomainEvent(OrderShipped, 'forget-on-order-shipped')
    class Forgetful {}
    await expect(registryOf(Forgetful)).rejects.toThrow(
      'Forgetful is decorated with @OnDomainEvent but has no handle() method.',
    );
  });

  it.each(['', 'Tell-Customer', 'tell_customer', 'tell customer', '-tell', 'tell-', 'tell--customer'])(
    'the id %j: says how to write it',
    async (id) => {
      await expect(registryOf(handler('BadlyNamed', OrderShipped, id))).rejects.toThrow(
        `BadlyNamed has the handler id "${id}": write it in kebab-case, as in do-this-on-that.`,
      );
    },
  );

  it('two events with one name: says which', async () => {
    const other = handler('OnOrderSent', OrderSent, 'do-this-on-order-sent');
    await expect(registryOf(TellCustomer, other)).rejects.toThrow(
      'OrderSent and OrderShipped have the same event name "order.shipped".',
    );
  });
});
