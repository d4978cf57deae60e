import type { EndpointOutcome } from '../gateway.js';
import { fieldOf } from '../fields/wire-fields.js';
import { type AskedAnswer } from '../api-client.js';
import { askStripe } from './stripe.api.js';
import { STRIPE_SUBSCRIBE_TO } from './stripe.subscriptions.js';

/** What of an endpoint matters, of either API. */
interface Endpoint {
  readonly url: string;
  readonly isEnabled: boolean;
  readonly events: readonly string[];
}

/**
 * Asks Stripe about the endpoints whose URL ends in `path`: webhook endpoints, and event destinations, which also tell of
 * thin events. One of the two may lack a permission; what the other one says counts. Several endpoints may have the path,
 * for example one for snapshots and one for thin events: together they are enabled where one is, and their events add up.
 */
export async function askStripeEndpoint(
  path: string,
  settings: Readonly<Record<string, string>>,
): Promise<EndpointOutcome> {
  const answers = await Promise.all([
    askStripe({ path: 'v1/webhook_endpoints', query: { limit: '100' } }, settings),
    askStripe(
      { path: 'v2/core/event_destinations', query: { limit: '100', 'include[0]': 'webhook_endpoint.url' } },
      settings,
    ),
  ]);
  const told = answers.filter((answer) => answer.kind === 'json');
  if (told.length === 0) return { kind: 'unknown', reason: answers.map(reasonOf).join('; ') };
  const endpoints = told.flatMap(({ body }) => endpointsIn(body)).filter(({ url }) => isAt(url, path));
  if (endpoints.length === 0) return { kind: 'unknown', reason: 'no endpoint has this path' };
  return stateOf(endpoints);
}

/** Pure. The events of a disabled endpoint count only where none is enabled. */
function stateOf(endpoints: readonly Endpoint[]): EndpointOutcome {
  const enabled = endpoints.filter(({ isEnabled }) => isEnabled);
  const events = new Set((enabled.length > 0 ? enabled : endpoints).flatMap((endpoint) => endpoint.events));
  const missingEvents = events.has('*') ? [] : STRIPE_SUBSCRIBE_TO.filter((type) => !events.has(type));
  return { kind: 'answer', enabled: enabled.length > 0, missingEvents };
}

/** Objects that are not what they should be are left out. */
function endpointsIn(body: unknown): Endpoint[] {
  const data = fieldOf(body, 'data');
  return Array.isArray(data) ? data.flatMap(endpointOf) : [];
}

function endpointOf(object: unknown): Endpoint[] {
  const url = fieldOf(object, 'url') ?? fieldOf(fieldOf(object, 'webhook_endpoint'), 'url');
  const events = fieldOf(object, 'enabled_events');
  if (typeof url !== 'string' || !Array.isArray(events)) return [];
  const types = events.filter((type) => typeof type === 'string').map((type) => type.replace(/^v1\./, ''));
  return [{ url, isEnabled: fieldOf(object, 'status') === 'enabled', events: types }];
}

/** Webhooks come in by any case of the path, with or without a slash at its end, and with `default` spelt out. */
function isAt(url: string, path: string): boolean {
  if (!URL.canParse(url)) return false;
  const called = new URL(url).pathname
    .toLowerCase()
    .split('/')
    .filter((part) => part !== '')
    .join('/');
  const wanted = path.slice(1);
  return [wanted, `${wanted}/default`].some((end) => called === end || called.endsWith(`/${end}`));
}

const reasonOf = (answer: AskedAnswer): string => ('reason' in answer ? answer.reason : answer.kind);
