import { type IncomingHttpHeaders } from 'node:http';

interface Names {
  readonly id: string;
  readonly time: string;
  readonly list: string;
}

const STANDARD: Names = { id: 'webhook-id', time: 'webhook-timestamp', list: 'webhook-signature' };
/** What senders that use Svix say in their place; what is signed is the same. */
const SVIX: Names = { id: 'svix-id', time: 'svix-timestamp', list: 'svix-signature' };

/**
 * The three headers under the names they came with: Svix's only where all three of the specification's are absent, so
 * that headers of two senders are never mixed. `names` are those that were looked for.
 */
export function standardHeaders(headers: IncomingHttpHeaders): {
  id: string | undefined;
  time: string | undefined;
  list: string | undefined;
  names: Names;
} {
  const has = (names: Names): boolean =>
    [names.id, names.time, names.list].some((name) => headers[name] !== undefined);
  const names = !has(STANDARD) && has(SVIX) ? SVIX : STANDARD;
  const of = (name: string): string | undefined => headers[name]?.toString();
  return { id: of(names.id), time: of(names.time), list: of(names.list), names };
}
