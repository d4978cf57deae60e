/*
 * What somebody else said, such as a plug-in or a gateway, as the database takes it. A reason that the database refuses would
 * keep the failure itself from being written.
 */

/** In characters (UTF-16). No reason of Payhook's own is longer. */
export const MAX_REASON_LENGTH = 1_000;

/** PostgreSQL stores every character but NUL. Half of a surrogate pair is no character. */
export const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

/** A text that is stored is changed as little as possible: cut to `maxLength`, without NUL, half a character as U+FFFD. */
export const toStoredText = (text: string, maxLength: number): string =>
  text.slice(0, maxLength).replaceAll('\0', '').toWellFormed();

/** Why something failed, as it is stored for operators. What is no text says nothing; null stays null. */
export function toStoredReason(reason: unknown): string | null {
  if (reason === null || reason === undefined) return null;
  return typeof reason === 'string'
    ? toStoredText(reason, MAX_REASON_LENGTH)
    : 'something that is not a text was given as the reason';
}
