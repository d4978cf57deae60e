import type { Type } from '@nestjs/common';
import { ON_DOMAIN_EVENT } from '../platform/events/on-domain-event.decorator.js';
import { type PayhookFeature } from '../platform/features/index.js';
import type { DatabaseSchema } from '../platform/database/data-source-options.js';
import { schema } from '../schema/index.js';
import { type Channel, TAKEN_CHANNEL_NAMES } from '../notifications/index.js';
import { CHANNEL_NAME } from '../platform/config/readings.js';
import { features as shipped } from './features.js';
import type { Gateway } from '../webhooks/gateways/index.js';

/** What can be added to Payhook from outside of its sources: by a host application, or by a plug-in. */
export interface Extensions {
  /** Payment gateways beside those that ship. */
  readonly gateways?: readonly Gateway[];
  /** Ways to reach customers, beside those that ship. They replace e-mail where `MESSAGE_CHANNELS` is not set. */
  readonly channels?: readonly Channel[];
  /** Classes with `@OnDomainEvent`. Nest makes them, so that they may inject what is exported by global modules. */
  readonly handlers?: readonly Type[];
  /** What follows from payments, with tables, work and counts of its own. */
  readonly features?: readonly PayhookFeature[];
}

/** The members of {@link Extensions}; whoever adds one is told by the compiler. */
export const EXTENSION_KINDS = Object.keys({
  gateways: true,
  channels: true,
  handlers: true,
  features: true,
} satisfies Record<keyof Extensions, true>) as readonly (keyof Extensions)[];

/** All extensions as one, in the order given. */
export function mergeExtensions(all: readonly Extensions[]): Required<Extensions> {
  return {
    gateways: all.flatMap(({ gateways = [] }) => gateways),
    channels: all.flatMap(({ channels = [] }) => channels),
    handlers: all.flatMap(({ handlers = [] }) => handlers),
    features: all.flatMap(({ features = [] }) => features),
  };
}

/** The tables of Payhook and those of the features that are added. */
export function schemaWith({ features = [] }: Extensions): DatabaseSchema {
  return {
    entities: [...schema.entities, ...features.flatMap(({ entities = [] }) => entities)],
    migrations: [...schema.migrations, ...features.flatMap(({ migrations = [] }) => migrations)],
  };
}

/** Of gateways and features. A feature's name also stands in a statement. */
const NAME = /^[a-z][a-z0-9_]{0,30}$/;

/** Names that the counts of refusals use beside those of gateways. */
const RESERVED_GATEWAY_NAMES: readonly string[] = ['api', 'unknown', 'payhook'];

/** Names that `/stats` and the answer to an erasure use for something else. */
const RESERVED_FEATURE_NAMES: readonly string[] = [
  ...[
    'deliveries',
    'handlers',
    'events',
    'refused',
    'refusals',
    'payments',
    'reports',
    'notifications',
    'quiet',
  ],
  ...['pending', 'unreadable', 'ambiguous', 'silent', 'held'],
  ...shipped.map(({ name }) => name),
];

const GATEWAY_METHODS = ['identify', 'dtoFor', 'translate'] as const;

/** Each sentence is one thing wrong with what is added; `taken` are the names of the gateways that ship. */
export function extensionFaults(extensions: Extensions, taken: readonly string[]): string[] {
  const { gateways, channels, handlers, features } = mergeExtensions([extensions]);
  return [
    ...gateways.flatMap((gateway) => gatewayFaults(gateway)),
    ...nameFaults('gateway', gateways, [...taken, ...RESERVED_GATEWAY_NAMES]),
    ...channels.flatMap((channel) => channelFaults(channel)),
    ...nameFaults('channel', channels, TAKEN_CHANNEL_NAMES),
    ...handlers.flatMap(handlerFaults),
    ...features.flatMap(({ name }) => (NAME.test(name) ? [] : [badName('feature', name)])),
    ...nameFaults('feature', features, RESERVED_FEATURE_NAMES),
  ];
}

function gatewayFaults(gateway: Gateway): string[] {
  const name: unknown = (gateway as Partial<Gateway> | null)?.name;
  const named = typeof name === 'string' && NAME.test(name) ? [] : [badName('gateway', name)];
  const proof: unknown = (gateway as Partial<Gateway> | null)?.proof;
  const proven = typeof proof === 'object' && proof !== null;
  return [
    ...named,
    ...(proven ? [] : [`the gateway ${shown(name)} must have a proof: how its requests prove themselves`]),
    ...shapeFaults('gateway', gateway, GATEWAY_METHODS),
  ];
}

function channelFaults(channel: Channel): string[] {
  const { name, addressOf } = (channel ?? {}) as { name?: unknown; addressOf?: unknown };
  const named =
    typeof name === 'string' && CHANNEL_NAME.test(name) ? [] : [badName('channel', name, ', _ and -')];
  const methods = addressOf === null ? ['send'] : ['addressOf', 'send'];
  return [...named, ...shapeFaults('channel', channel, methods)];
}

const badName = (what: string, name: unknown, signs = ' and _'): string =>
  `the ${what} ${shown(name)} must have a name of at most 31 lower-case letters, digits${signs}, beginning with a letter`;

function shapeFaults(what: string, given: object, methods: readonly string[]): string[] {
  const member = (name: string): unknown => (given as Record<string, unknown> | null)?.[name];
  const missing = methods.filter((method) => typeof member(method) !== 'function');
  if (missing.length === 0) return [];
  return [`the ${what} ${shown(member('name'))} must have ${missing.map((name) => `${name}()`).join(', ')}`];
}

function nameFaults(what: string, named: readonly { name: string }[], taken: readonly string[]): string[] {
  const seen = new Set(taken);
  return named.flatMap(({ name }) => {
    if (seen.has(name)) return [`the ${what} name ${shown(name)} is taken: choose another one`];
    seen.add(name);
    return [];
  });
}

function handlerFaults(handler: Type): string[] {
  const isClass = typeof handler === 'function';
  if (isClass && Reflect.hasMetadata(ON_DOMAIN_EVENT, handler)) return [];
  return [`the handler ${isClass ? handler.name : shown(handler)} must be a class with @OnDomainEvent`];
}

const shown = (name: unknown): string =>
  typeof name === 'string' ? `"${name.slice(0, 64)}"` : 'without a name';
