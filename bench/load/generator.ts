import type { Order } from './orders.js';
import { saturate } from './saturate.js';
import { steady } from './steady.js';

/** The process that sends: it takes one order after the other from its parent, so that its work is on no other clock. */
process.on('message', (order: Order) => {
  const sent = order.how === 'saturate' ? saturate(order) : steady(order);
  sent.then(
    (outcome) => process.send?.({ outcome }),
    (error: unknown) =>
      process.send?.({ error: error instanceof Error ? (error.stack ?? error.message) : 'unknown' }),
  );
});
