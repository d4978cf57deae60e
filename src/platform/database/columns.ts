/**
 * Columns of many rows as parameters of one statement, for `unnest`. Written by hand, for each row goes over in this
 * form several times: as JSON the server spends as long on finding the fields by name as on writing the row, and `pg`
 * runs two regular expressions over every element of an array.
 */

/** What no JSON text holds: a control character, which `JSON.stringify` always escapes. */
const SEPARATOR = '\u001f';

/** For `$n::text[]` and any other array whose elements have a text form: numbers, uuids, moments. */
export function toArrayLiteral(values: readonly unknown[]): string {
  let literal = '{';
  for (let at = 0; at < values.length; at++) {
    if (at > 0) literal += ',';
    literal += toArrayElement(values[at]);
  }
  return `${literal}}`;
}

function toArrayElement(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (value instanceof Date) return `"${value.toISOString()}"`;
  if (typeof value === 'string') {
    const quoted = value.includes('"') || value.includes('\\') ? value.replace(/["\\]/g, '\\$&') : value;
    return `"${quoted}"`;
  }
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return String(value);
  throw new TypeError('an element of a column is a text, a number, a truth or a moment');
}

/** For {@link jsonArraySql}: values as JSON, one text for all of them, so that nothing is quoted twice. */
export function toJsonColumn(values: readonly unknown[]): string {
  let text = '';
  let known: unknown;
  let knownText = '';
  for (let at = 0; at < values.length; at++) {
    const value = values[at];
    if (at > 0) text += SEPARATOR;
    if (value === null || value === undefined) continue;
    // Events of one cause carry the very same facts, one after the other.
    if (value !== known) knownText = JSON.stringify((known = value));
    text += knownText;
  }
  return text;
}

/** What {@link toJsonColumn} gave as parameter `n`, as `jsonb[]`; a value that is null is NULL. */
export const jsonArraySql = (n: number): string => `string_to_array($${n}::text, U&'\\001F', '')::jsonb[]`;
