import type { StoryEvent } from '../../src/simulator/gateway-simulator.js';
import { gateways } from '../../src/webhooks/gateways/index.js';
import { razorpayEntitiesAfter } from '../../src/webhooks/gateways/razorpay/razorpay-entities.simulator.js';
import { stripeObjectsAfter } from '../../src/webhooks/gateways/stripe/stripe-objects.simulator.js';
import { interpretMessage } from '../../src/webhooks/message/interpret-message.js';
import type { ArrivedReport } from './naive-payment.js';

/** The objects that each gateway's lists have after these events, as its lists write them. */
export const OBJECTS_AFTER: Readonly<Record<string, (events: readonly StoryEvent[]) => readonly object[]>> = {
  stripe: (events) => {
    const objects = stripeObjectsAfter(events);
    const whole = new Map(objects.map((object) => [object.id, object]));
    const wholeOr = (id: unknown): unknown => whole.get(String(id)) ?? id;
    return objects.map((object) => {
      const { latest_charge, charge } = object as { latest_charge?: unknown; charge?: unknown };
      if (object.object === 'payment_intent') return { ...object, latest_charge: wholeOr(latest_charge) };
      return object.object === 'refund' ? { ...object, charge: wholeOr(charge) } : object;
    });
  },
  razorpay: razorpayEntitiesAfter,
};

/** What a reconciliation at `observedAt` reads. A report keeps its key, so that it is told once. */
export function reportsOfObjects(
  name: string,
  events: readonly StoryEvent[],
  observedAt: Date,
): ArrivedReport[] {
  const gateway = gateways.find((each) => each.name === name);
  const objects = OBJECTS_AFTER[name]?.(events);
  if (!gateway || !objects) throw new Error(`${name} lists nothing`);
  return objects.flatMap((body) => {
    const { content, key } = interpretMessage(gateway, {
      raw: Buffer.from(JSON.stringify(body)),
      body,
      headers: {},
      provenance: 'reconciled',
      observedAt,
      mode: 'live',
      settings: {},
      receivedAt: new Date(),
    });
    if (content.kind === 'ignored') return [];
    if (content.kind !== 'reports') throw new Error(`${name}: ${JSON.stringify(content)}`);
    return content.reports.map((report, at) => {
      const own = content.keys?.[at]?.event ?? `${String(key)}#${at}`;
      return { ...report, key: own, eventId: own };
    });
  });
}
