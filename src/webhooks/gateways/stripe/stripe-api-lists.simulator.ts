/** Any object of Stripe's: it is found by its id in the collection of its `object` word. */
export interface StripeObject {
  id: string;
  object: string;
  /** Unix seconds, or ISO 8601 in version 2 of the API. */
  created?: number | string;
  livemode?: boolean;
}

/** One page of a list of the stand-in, newest first, or the status of an error. */
export function pageOf(all: readonly StripeObject[], path: string, query: URLSearchParams): object | number {
  const listed = all
    .filter((object) => [...query].every(([name, value]) => fits(object, name, value)))
    .reverse()
    .sort((a, b) => Number(b.created ?? 0) - Number(a.created ?? 0));
  const after = query.get('starting_after');
  const from = after === null ? 0 : listed.findIndex(({ id }) => id === after) + 1;
  if (after !== null && from === 0) return 400;
  const limit = Math.min(Number(query.get('limit') ?? 10), 100);
  const data = listed.slice(from, from + limit);
  return { object: 'list', data, has_more: from + limit < listed.length, url: `/${path}` };
}

const PAGING = ['limit', 'starting_after'];

function fits(object: StripeObject, name: string, value: string): boolean {
  if (PAGING.includes(name) || name.startsWith('expand')) return true;
  const created = Number(object.created ?? 0);
  const bound = Number(value);
  switch (name) {
    case 'created[gte]':
      return created >= bound;
    case 'created[gt]':
      return created > bound;
    case 'created[lte]':
      return created <= bound;
    case 'created[lt]':
      return created < bound;
    default:
      return String((object as unknown as Readonly<Record<string, unknown>>)[name]) === value;
  }
}
