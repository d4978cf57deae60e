import { createHash } from 'node:crypto';

const names = new Map<string, string>();

/**
 * Marks a statement as prepared and returns its text for `manager.query`: the server parses and plans it once per
 * connection instead of once per batch. Only for statements whose best plan does not depend on the size of the tables
 * (inserts, locks): a plan for finding rows among a hundred is far too slow for a million. Only for constant texts,
 * because every text is kept for the life of the process.
 */
export function prepared(text: string): string {
  if (!names.has(text)) names.set(text, nameOf(text));
  return text;
}

/**
 * The first words of the statement, to recognize it in `pg_prepared_statements`, and a hash of its text, so that the
 * name means the same in every process that shares a connection through a pooler. PostgreSQL allows 63 characters.
 */
const nameOf = (text: string): string =>
  `${text.replace(/\s+/g, ' ').slice(0, 40)} ${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;

/** The name of a prepared statement; null for every other text. */
export const preparedName = (text: string): string | null => names.get(text) ?? null;
