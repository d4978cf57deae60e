import type { GatewayAccount } from '../../platform/config/env.js';
import { hmacSha256 } from '../gateways/signature.js';

/**
 * Tells the secrets of an account apart without revealing them: 32 bits of an HMAC under the installation's own key.
 * Without that key nobody can use a fingerprint to check a guess at the secret.
 */
export function secretFingerprint(key: Buffer, { gateway, account }: GatewayAccount, secret: string): string {
  const named = JSON.stringify(['payhook secret mark', gateway, account, secret]);
  return hmacSha256(key, named).toString('hex').slice(0, 8);
}
