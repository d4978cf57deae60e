/**
 * The condition of a CHECK constraint that allows a fixed list of words. For `@Check` of an entity, so that the entity
 * follows the list in the code. The words must be plain: they are written into the SQL as they are.
 */
export const isOneOfSql = (column: string, words: readonly string[]): string =>
  `${column} IN (${words.map((word) => `'${word}'`).join(', ')})`;
