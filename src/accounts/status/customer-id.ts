/** In characters. */
const MAX_LENGTH = 255;

/**
 * Whether a customer with this id can have an account. PostgreSQL stores no NUL and no half of a surrogate pair, so nobody
 * has an id with one.
 */
export const isCustomerId = (id: string): boolean =>
  id !== '' && [...id].length <= MAX_LENGTH && id.isWellFormed() && !id.includes('\0');
