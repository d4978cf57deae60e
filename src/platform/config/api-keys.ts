import { API_ROLES, type ApiKey } from './env.js';
import { type Parser, InvalidValue } from './reading.js';

const MIN_KEY_LENGTH = 32;

/**
 * Parses comma-separated entries `name:key[:read|checkout|operate]`. Errors refer to entries by number and never by name: if the
 * name was forgotten, the key is in its place.
 */
export const parseApiKeys: Parser<readonly ApiKey[]> = (text, { production }) => {
  const entries = text.split(',').map((entry) => parseEntry(entry.trim()));
  const faults = entries.flatMap((entry, index) => {
    const sentence =
      typeof entry === 'string'
        ? entry
        : (duplicateError(entry, index, entries) ?? lengthError(entry, production));
    return sentence === null ? [] : [`entry ${index + 1} ${sentence}`];
  });
  if (faults.length > 0) return new InvalidValue(...faults);
  return Object.freeze(entries.filter((entry) => typeof entry !== 'string'));
};

/** Returns the key, or a sentence about what is wrong with the entry. */
function parseEntry(entry: string): ApiKey | string {
  if (entry === '') return 'must not be empty';
  const [name = '', key = '', role = 'operate', ...rest] = entry.split(':');
  if (key === '' || rest.length > 0) return 'must read name:key or name:key:role';
  if (!/^[\w.-]{1,64}$/.test(name)) return 'must begin with a name of 1 to 64 letters, digits, _ . or -';
  if (!/^[\x21-\x7e]{1,512}$/.test(key))
    return 'must hold a key of at most 512 printable ASCII characters, no spaces';
  const known = API_ROLES.find((one) => one === role);
  if (known === undefined) return 'must end in :read, :checkout or :operate, or name no role';
  return Object.freeze({ name, key, role: known });
}

function duplicateError(entry: ApiKey, index: number, entries: readonly (ApiKey | string)[]): string | null {
  const earlier = entries.slice(0, index).filter((other) => typeof other !== 'string');
  if (earlier.some((other) => other.name === entry.name))
    return 'must not repeat the name of an earlier entry';
  if (earlier.some((other) => other.key === entry.key)) return 'must not repeat the key of an earlier entry';
  return null;
}

function lengthError(entry: ApiKey, production: boolean): string | null {
  return production && entry.key.length < MIN_KEY_LENGTH
    ? `must hold a key of ${MIN_KEY_LENGTH} characters or more in production`
    : null;
}
