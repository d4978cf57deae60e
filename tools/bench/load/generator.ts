import { saturateByAutocannon } from './autocannon.js';
import type { Order, Outcome } from './orders.js';
import { saturate } from './saturate.js';
import { steady } from './steady.js';

/** The process that sends: it takes one order after the other from its parent, so that its work is on no other clock. */
process.on('message', (order: Order) => {
  const sent = send(order);
  sent.then(
    (outcome) => process.send?.({ outcome }),
    (error: unknown) =>
      process.send?.({ error: error instanceof Error ? (error.stack ?? error.message) : 'unknown' }),
  );
});

function send(order: Order): Promise<Outcome> {
  if (order.how === 'steady') return steady(order);
  return order.by === 'autocannon' ? saturateByAutocannon(order) : saturate(order);
}
