import { type ApiKey } from './env.js';
import { type Reading, Wrong } from './reading.js';

const LEAST_LENGTH_IN_PRODUCTION = 32;

/**
 * `name:key[:read|operate]`, comma-separated. Entries are told apart by number: where a name was forgotten,
 * the key stands in its place.
 */
export const apiKeys: Reading<readonly ApiKey[]> = (text, { production }) => {
  const entries = text.split(',').map((entry) => readEntry(entry.trim()));
  const faults = entries.flatMap((entry, index) => {
    const sentence =
      typeof entry === 'string' ? entry : (repeated(entry, index, entries) ?? tooShort(entry, production));
    return sentence === null ? [] : [`entry ${index + 1} ${sentence}`];
  });
  if (faults.length > 0) return new Wrong(...faults);
  return Object.freeze(entries.filter((entry) => typeof entry !== 'string'));
};

/** The key, or what is wrong with the entry. */
function readEntry(entry: string): ApiKey | string {
  if (entry === '') return 'must not be empty';
  const [name = '', key = '', role = 'operate', ...rest] = entry.split(':');
  if (key === '' || rest.length > 0) return 'must read name:key, name:key:read or name:key:operate';
  if (!/^[\w.-]{1,64}$/.test(name)) return 'must begin with a name of 1 to 64 letters, digits, _ . or -';
  if (!/^[\x21-\x7e]{1,512}$/.test(key))
    return 'must hold a key of at most 512 printable ASCII characters, no spaces';
  if (role !== 'read' && role !== 'operate') return 'must end in :read or :operate, or name no role';
  return Object.freeze({ name, key, role });
}

function repeated(entry: ApiKey, index: number, entries: readonly (ApiKey | string)[]): string | null {
  const earlier = entries.slice(0, index).filter((other) => typeof other !== 'string');
  if (earlier.some((other) => other.name === entry.name))
    return 'must not repeat the name of an earlier entry';
  if (earlier.some((other) => other.key === entry.key)) return 'must not repeat the key of an earlier entry';
  return null;
}

function tooShort(entry: ApiKey, production: boolean): string | null {
  return production && entry.key.length < LEAST_LENGTH_IN_PRODUCTION
    ? `must hold a key of ${LEAST_LENGTH_IN_PRODUCTION} characters or more in production`
    : null;
}
