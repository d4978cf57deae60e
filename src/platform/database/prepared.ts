import { createHash } from 'node:crypto';

const names = new Map<string, string>();

/**
 * Marks a statement as one that is made again and again: every connection of the service has the server parse and
 * plan it once, and not for each batch. Only for what can be done in one way whatever the tables hold (inserts,
 * locks): a plan to find rows, made while there were a hundred, is ruin for a million. Only for constants: whatever is
 * given here is remembered for good. The answer is the text itself, for `manager.query`.
 */
export function prepared(text: string): string {
  if (!names.has(text)) names.set(text, nameOf(text));
  return text;
}

/**
 * Its first words, for whoever watches what goes over; and of the whole text, so that it means the same in every process
 * that shares a connection through a pooler. PostgreSQL takes 63 characters.
 */
const nameOf = (text: string): string =>
  `${text.slice(0, 40)} ${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;

/** Null for a statement that was not marked. */
export const preparedName = (text: string): string | null => names.get(text) ?? null;
