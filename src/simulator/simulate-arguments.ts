import { parseArgs } from 'node:util';
import { type GatewaySimulator } from './gateway-simulator.js';
import { SIMULATORS, THIN_SIMULATORS } from './simulators.js';
import { supportsStory, isStoryName, STORY_NAMES, type StoryName } from './stories.js';

export interface SimulateOptions {
  simulator: GatewaySimulator;
  story: StoryName;
  /** Number of payments. */
  count: number;
  /** Messages per second; null: each as soon as the previous one is answered. */
  rate: number | null;
  /** Null if no URL was given and there is no default. */
  url: string | null;
  account: string;
  /** Null: the newest secret of the service's own configuration. */
  secret: string | null;
  /** The id of the customer of all payments. Null: each payment is somebody else's, without an id. */
  customer: string | null;
}

/** The arguments of a command are wrong. The message is printed as it is. */
export class UsageError extends Error {}

export const USAGE = [
  'npm run simulate -- <gateway> <story> [--count N] [--rate R] [--url U] [--account A] [--secret S] [--customer C] [--thin]',
  ...[...SIMULATORS.values()].map(({ gateway, steps }) => {
    const stories = STORY_NAMES.filter((story) => supportsStory(story, steps));
    return `  ${gateway.padEnd(9)} ${stories.join(' ')}`;
  }),
].join('\n');

const OPTIONS = {
  count: { type: 'string', default: '1' },
  rate: { type: 'string' },
  url: { type: 'string' },
  account: { type: 'string', default: 'default' },
  secret: { type: 'string' },
  customer: { type: 'string' },
  thin: { type: 'boolean', default: false },
} as const;

/** Parses the arguments of `npm run simulate`. Pure. Throws {@link UsageError}. */
export function parseSimulateArguments(
  args: readonly string[],
  defaultUrl: string | null = 'http://127.0.0.1:3000',
): SimulateOptions {
  const { values, positionals } = parseOptions(args);
  const [gateway = '', story = '', ...rest] = positionals;
  const known = SIMULATORS.get(gateway);
  if (!known) throw new UsageError(`The gateway must be one of ${[...SIMULATORS.keys()].join(', ')}.`);
  const simulator = values.thin ? THIN_SIMULATORS.get(gateway) : known;
  if (!simulator) throw new UsageError(`${gateway} has no thin events.`);
  if (!isStoryName(story) || !supportsStory(story, simulator.steps)) {
    throw new UsageError(`The story must be one that ${gateway} has events for.`);
  }
  if (rest.length > 0) throw new UsageError('There must be one gateway and one story.');
  if (values.url !== undefined && (!URL.canParse(values.url) || !/^https?:/.test(values.url)))
    throw new UsageError('--url must be an http(s) URL.');
  const count = parsePositiveNumber('--count', values.count);
  if (!Number.isInteger(count)) throw new UsageError('--count must be a whole number.');
  const rate = values.rate === undefined ? null : parsePositiveNumber('--rate', values.rate);
  return {
    simulator,
    story,
    count,
    rate,
    url: values.url ?? defaultUrl,
    account: values.account,
    secret: values.secret ?? null,
    customer: values.customer ?? null,
  };
}

/** The URL of a service with this `HOST` and `PORT`, from its own machine. Throws {@link UsageError} for port 0. */
export function urlOfService(host: string, port: number): string {
  if (port === 0) throw new UsageError('PORT is 0, which takes any free port: use --url.');
  const reachable = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

function parseOptions(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    // Node's message names the unknown option or the option without a value. It never contains a value.
    throw new UsageError(error instanceof Error ? error.message : 'The options could not be read.', {
      cause: error,
    });
  }
}

function parsePositiveNumber(option: string, text: string): number {
  const value = /^\d{1,9}(\.\d{1,6})?$/.test(text) ? Number(text) : 0;
  if (value <= 0) throw new UsageError(`${option} must be a number above zero.`);
  return value;
}
