import type { GatewayAccount } from '../../platform/config/env.js';
import { hmacSha256 } from '../gateways/signature.js';

/**
 * What tells secrets of an account apart without giving one away: 32 bits made with the installation's own key. Whoever
 * sees a mark and not the key cannot tell whether a guess at the secret is right.
 */
export function secretFingerprint(key: Buffer, { gateway, account }: GatewayAccount, secret: string): string {
  const named = JSON.stringify(['payhook secret mark', gateway, account, secret]);
  return hmacSha256(key, named).toString('hex').slice(0, 8);
}
