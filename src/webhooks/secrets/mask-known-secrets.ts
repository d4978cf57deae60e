import type { GatewayAccount } from '../../platform/config/env.js';
import type { Gateway } from '../gateways/gateway.js';

/** Stands for anything secret in stored headers and bodies, and wherever they are shown. */
export const MASK = '***';

/** The text with every occurrence of these secrets masked. */
export const maskKnownSecrets = (text: string, secrets: readonly string[]): string =>
  secrets.reduce((masked, secret) => masked.replaceAll(secret, MASK), text);

/** A shorter setting would mask half of any text: nothing that short is a secret. */
const MIN_MASKED_LENGTH = 8;

const known = new WeakMap<GatewayAccount, readonly string[]>();

/** The secrets of an account and the settings that its gateway declares `secret`. Made once for each account. */
export function knownSecretsOf(
  { settings: rules = {} }: Pick<Gateway, 'settings'>,
  account: GatewayAccount,
): readonly string[] {
  let texts = known.get(account);
  if (texts === undefined) {
    const settings = Object.entries(account.settings).flatMap(([name, text]) => {
      const rule = rules[name];
      const isSecret = rule !== undefined && rule.kind !== 'oneOf' && rule.secret === true;
      return isSecret && text.length >= MIN_MASKED_LENGTH ? [text] : [];
    });
    known.set(account, (texts = [...account.secrets, ...settings]));
  }
  return texts;
}
