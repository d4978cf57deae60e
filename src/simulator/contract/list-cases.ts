import assert from 'node:assert/strict';
import type { ListOutcome } from '../../webhooks/gateways/gateway.js';
import { type ContractCase, type GatewaySubject, NOW } from './subject.js';

const SINCE = new Date(NOW.getTime() - 86_400_000);

/** What reconciliation relies on. No case makes a request: without its key a gateway has nothing to ask with. */
export function listCases({ gateway }: GatewaySubject): readonly ContractCase[] {
  const { listable = [] } = gateway;
  return [
    {
      name: 'has kinds of objects to list exactly where it has lists, each once',
      run() {
        assert.equal(listable.length > 0, gateway.list !== undefined);
        assert.equal(new Set(listable).size, listable.length);
        for (const what of listable) assert.match(what, /^[a-z][a-z0-9_]{0,63}$/);
      },
    },
    {
      name: 'is asked for the orders that are known only where it has no lists, and can be asked',
      run() {
        if (!gateway.knownOrdersOnly) return;
        assert.ok(gateway.list === undefined && gateway.askPayment !== undefined);
      },
    },
    {
      name: 'ends every question without its key at once, and throws nothing',
      async run() {
        if ((gateway.neededToAsk ?? []).length === 0) return;
        const ends: (ListOutcome | undefined)[] = [];
        for (const what of listable)
          ends.push(await gateway.list?.({ what, since: SINCE, until: NOW, cursor: null }, {}));
        const question = { gatewayPaymentId: 'payment_1', gatewayOrderId: 'order_1', cursor: null };
        if (gateway.askPayment) ends.push(await gateway.askPayment(question, {}));
        for (const end of ends) assert.equal(end?.kind, 'final');
      },
    },
  ];
}
