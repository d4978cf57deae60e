import {
  type FakeGatewayApi,
  type GatewaySimulator,
  type StoryEvent,
} from '../../../simulator/gateway-simulator.js';
import { type StripeObject } from './stripe-api-lists.simulator.js';
import { StripeFakeApi } from './stripe-api.simulator.js';
import { stripeSimulator } from './stripe.simulator.js';

/** A snapshot event, as the API answers it. */
export interface SnapshotEvent extends StripeObject {
  type: string;
  created: number;
  livemode: boolean;
  data: { object: StripeObject };
}

/** A thin event, as it is sent; the API's answer has `snapshot_event` besides. */
export interface ThinEventBody extends StripeObject {
  type: string;
  created: string;
  livemode: boolean;
  context?: string;
  related_object: { id: string; type: string; url: string };
}

/** The thin event of a snapshot event. Its id is its own. */
export function toThinEvent(
  { id, type, created, livemode, data: { object } }: SnapshotEvent,
  context?: string,
): ThinEventBody {
  const collection = `${object.object.replaceAll('.', '/')}s`;
  return {
    id: `thin_${id}`,
    object: 'v2.core.event',
    type: `v1.${type}`,
    livemode,
    created: new Date(created * 1000).toISOString(),
    ...(context !== undefined && { context }),
    related_object: { id: object.id, type: object.object, url: `/v1/${collection}/${object.id}` },
  };
}

export const snapshotOf = (event: StoryEvent): SnapshotEvent =>
  JSON.parse(stripeSimulator.body(event).toString()) as SnapshotEvent;

/** Gives the API what it answers about an event: the thin event, its snapshot, and the object. */
export function putEvent(api: StripeFakeApi, snapshot: SnapshotEvent, context?: string): void {
  const thin = { ...toThinEvent(snapshot, context), snapshot_event: snapshot.id };
  for (const object of [thin, snapshot, { created: snapshot.created, ...snapshot.data.object }])
    api.put(object, context ?? null);
}

/** Stripe with an endpoint of thin events: the same stories, told by notifications and by its API. */
export const stripeThinSimulator: GatewaySimulator = {
  ...stripeSimulator,

  body: (event) => Buffer.from(JSON.stringify(toThinEvent(snapshotOf(event)))),

  startApi({ SECRET_KEY: key, API_URL: url }) {
    const base = url ? new URL(url) : null;
    return key && base?.hostname === '127.0.0.1' ? startThinApi(key, Number(base.port || 80)) : null;
  },
};

async function startThinApi(key: string, port: number): Promise<FakeGatewayApi> {
  const api = await StripeFakeApi.start(key, port);
  const eventsOfOrder = new Map<string, string[]>();
  return {
    baseUrl: api.baseUrl,
    applyEvent(event) {
      const snapshot = snapshotOf(event);
      eventsOfOrder.set(event.orderId, [...(eventsOfOrder.get(event.orderId) ?? []), snapshot.id]);
      putEvent(api, snapshot);
    },
    countRequests(orderId) {
      const ids = eventsOfOrder.get(orderId) ?? [];
      return api.requests.filter(({ path }) => ids.some((id) => path.endsWith(id))).length;
    },
    close: () => api.close(),
  };
}
