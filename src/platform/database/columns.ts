/**
 * Columns of many rows as parameters of one statement, for `unnest`. They are written by hand because every stored row
 * is sent in this form several times: with JSON rows the server spends as long on finding fields by name as on writing
 * the row, and `pg` itself runs two regular expressions over every element of an array.
 */

/** A control character, which no JSON text contains because `JSON.stringify` always escapes it. */
const SEPARATOR = '\u001f';

/** Returns a PostgreSQL array literal for `$n::text[]`, or for an array of numbers, uuids or timestamps. */
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
  throw new TypeError('an element of a column must be a string, a number, a boolean or a Date');
}

/** Returns all values as one text for {@link jsonArraySql}. An array literal would escape the quotes of JSON again. */
export function toJsonColumn(values: readonly unknown[]): string {
  let text = '';
  let known: unknown;
  let knownText = '';
  for (let at = 0; at < values.length; at++) {
    const value = values[at];
    if (at > 0) text += SEPARATOR;
    if (value === null || value === undefined) continue;
    // Consecutive events of one report share the same payload object.
    if (value !== known) knownText = JSON.stringify((known = value));
    text += knownText;
  }
  return text;
}

/** What {@link toJsonColumn} gave as parameter `n`, as `jsonb[]`; a value that is null is NULL. */
export const jsonArraySql = (n: number): string => `string_to_array($${n}::text, U&'\\001F', '')::jsonb[]`;
