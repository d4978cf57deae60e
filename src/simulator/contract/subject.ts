import { createHash } from 'node:crypto';
import type { Evidence, Gateway, Proof } from '../../webhooks/gateways/gateway.js';
import { createEvidence } from '../../webhooks/gateways/evidence.js';
import type { GatewaySimulator, SignedRequest, StoryEvent } from '../gateway-simulator.js';
import { createStorySubject } from '../player.js';
import { buildStory, STORY_NAMES, supportsStory } from '../stories.js';

/** A request whose verdict is known from the gateway's own library or documents. */
export interface SignatureVector {
  readonly name: string;
  readonly secrets: readonly string[];
  /** Names in any case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Unix seconds at which the request came. */
  readonly now: number;
  /** The whole URL, for gateways that sign it. */
  readonly url?: string;
  readonly expect: 'valid' | 'invalid';
}

/** A gateway, and what the contract needs to know of it. */
export interface GatewaySubject {
  readonly gateway: Gateway;
  readonly simulator: GatewaySimulator;
  /** Left out: made by the gateway's `makeSecret`, or 43 characters of base64url. */
  readonly secrets?: readonly [first: string, second: string];
  readonly vectors?: readonly SignatureVector[];
  /**
   * How far a signed time may lie from the clock. Left out: what the proof's `time` says. A custom proof that signs a time
   * says it here.
   */
  readonly window?: { readonly maxAgeSeconds: number; readonly maxAheadSeconds: number };
  readonly settings?: Readonly<Record<string, string>>;
}

/** One promise that a gateway keeps. `run` throws an AssertionError where it does not. */
export interface ContractCase {
  readonly name: string;
  readonly run: () => void | Promise<void>;
}

/** The time at which contract requests are signed and received. */
export const NOW = new Date('2026-11-24T12:00:00.000Z');

/** The story's first step lies a minute back, so that no step is ahead of the clock. */
const START = new Date(NOW.getTime() - 60_000);

export const proofsOf = ({ gateway: { proof } }: GatewaySubject): readonly Proof[] =>
  Array.isArray(proof) ? (proof as readonly Proof[]) : [proof as Proof];

/** Two secrets of the gateway's own form, the same at every run. */
export function secretsOf({ gateway, secrets }: GatewaySubject): readonly [string, string] {
  const made = (seed: string): string => {
    const random = createHash('sha256').update(seed).digest();
    return gateway.makeSecret?.(random) ?? random.toString('base64url');
  };
  return secrets ?? [made('first'), made('second')];
}

/** The amounts of the payments in minor units. The second is no whole number of major units, as most amounts are. */
const AMOUNTS = ['10000', '12345'];

/** Every story that the gateway can tell, each of two payments. */
export const storiesOf = ({ simulator }: GatewaySubject): readonly (readonly StoryEvent[])[] =>
  STORY_NAMES.filter((name) => supportsStory(name, simulator.steps)).flatMap((name, nth) =>
    AMOUNTS.map((amount, payment) =>
      buildStory(simulator, name, {
        ...createStorySubject(simulator, `contract${nth}p${payment}`, START),
        amount,
      }),
    ),
  );

/** One event of each kind that the gateway has. */
export function eventsOf(subject: GatewaySubject): readonly StoryEvent[] {
  const events = new Map(storiesOf(subject).flatMap((story) => story.map((event) => [event.kind, event])));
  return [...events.values()];
}

export function firstEvent(subject: GatewaySubject): StoryEvent {
  const [event] = eventsOf(subject);
  if (!event) throw new RangeError(`the simulator of ${subject.gateway.name} can tell no story`);
  return event;
}

/** The event as the gateway sends it, signed with `secret` at `now`. */
export const requestOf = (
  { simulator }: GatewaySubject,
  event: StoryEvent,
  secret: string,
  now = NOW,
): SignedRequest => simulator.sign(simulator.body(event), { secret, now, eventId: event.eventId });

/** The evidence that the service has of a request. */
export function evidenceOf(
  { gateway, settings = {} }: GatewaySubject,
  { path, headers, body }: SignedRequest,
  secrets: readonly string[],
): Evidence {
  const lowerCase = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return createEvidence({
    raw: body,
    headers: Object.fromEntries(lowerCase) as Record<string, string>,
    url: path,
    token: gateway.tokenInPath ? decodeURIComponent(path.split('/').at(-1) ?? '') : null,
    secrets,
    settings,
    now: NOW,
  });
}
