import { type Choices } from './choices.js';
import { HOSTILE_VALUES, KEYS, WORDS } from './hostile-values.js';

type Container = Record<string, unknown> | unknown[];
interface Place {
  in: Container;
  key: string;
}

/** A copy of the value with `times` random changes. The value itself is not changed. */
export function mutateJson(value: unknown, choices: Choices, times: number): unknown {
  const root = [structuredClone(value)];
  for (let nth = 0; nth < times; nth++) applyRandomChange(root, choices);
  return root[0];
}

function applyRandomChange(root: unknown[], choices: Choices): void {
  const places = listPlaces(root);
  const place = choices.pick(places);
  const set = (value: unknown): void => writeValue(place, value);
  switch (choices.integerBelow(10)) {
    case 0:
    case 1:
      return set(choices.pick(HOSTILE_VALUES));
    case 2:
      return set(choices.pick(WORDS));
    case 3:
      return removeValue(place);
    case 4:
      return writeValue(
        { in: readContainer(place) ?? place.in, key: choices.pick(KEYS) },
        choices.pick(HOSTILE_VALUES),
      );
    case 5:
      return set([readValue(place)]);
    case 6:
      return set(nest(readValue(place), choices.pick([2, 30, 62, 63, 64, 65, 200])));
    case 7:
      return set(structuredClone(readValue(choices.pick(places))));
    case 8:
      return addFields(readContainer(place) ?? place.in, choices.pick([100, 5_000, 40_000]));
    default:
      return set(nudge(readValue(place), choices));
  }
}

/** Adds undeclared fields, on which a quadratic reader would be slow. */
function addFields(container: Container, count: number): void {
  for (let at = 0; at < count; at++) writeValue({ in: container, key: `surplus_${at}` }, at);
}

/** A slightly different value, of the same type if possible. */
function nudge(value: unknown, choices: Choices): unknown {
  if (typeof value === 'number')
    return choices.pick([value + 1, -value, value / 3, value * 1e6, String(value), 0]);
  if (typeof value !== 'string') return choices.pick(HOSTILE_VALUES);
  const at = choices.integerBelow(value.length + 1);
  const inserted = choices.pick(['\0', '\ud83d', ' ', 'é', '0', '-', '.', '"', '\\', '\n', 'Z']);
  return choices.pick([
    value.slice(0, at) + inserted + value.slice(at),
    value.slice(0, at),
    value.toUpperCase(),
    value + value,
    Number(value),
  ]);
}

function nest(value: unknown, depth: number): unknown {
  let inner = value;
  for (let level = 0; level < depth; level++) inner = level % 2 === 0 ? [inner] : { a: inner };
  return inner;
}

function listPlaces(container: Container): Place[] {
  const own = Object.keys(container).map((key) => ({ in: container, key }));
  return own.flatMap((place) => {
    const inner = readContainer(place);
    return inner === null ? [place] : [place, ...listPlaces(inner)];
  });
}

function readContainer(place: Place): Container | null {
  const value = readValue(place);
  // A container with more than 50 entries counts as one value: its entries would otherwise crowd out all other places.
  if (typeof value !== 'object' || value === null || Object.keys(value).length > 50) return null;
  return value as Container;
}

const readValue = ({ in: container, key }: Place): unknown => (container as Record<string, unknown>)[key];

/** Writes a copy, because the lists of values are shared. Uses defineProperty, because assigning `__proto__` sets no key. */
function writeValue({ in: container, key }: Place, value: unknown): void {
  if (Array.isArray(container) && key === 'length') return;
  const own = structuredClone(value);
  Object.defineProperty(container, key, { value: own, configurable: true, enumerable: true, writable: true });
}

/** Removes a key. An array item becomes null, so that the root is never removed. */
function removeValue(place: Place): void {
  if (Array.isArray(place.in)) writeValue(place, null);
  else delete place.in[place.key];
}
