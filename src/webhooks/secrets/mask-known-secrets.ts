/** Stands for anything secret in stored headers and bodies, and wherever they are shown. */
export const MASK = '***';

/** The text with every occurrence of these secrets masked. */
export const maskKnownSecrets = (text: string, secrets: readonly string[]): string =>
  secrets.reduce((masked, secret) => masked.replaceAll(secret, MASK), text);
