import type { GatewayAccount } from '../config/env.js';
import { sha256Hex } from './gateways/signature.js';

/**
 * What tells secrets of an account apart without giving one away: 32 bits of a digest that is made for this alone.
 * So few that a guess is never confirmed, as very many guesses have the same mark.
 */
export function secretMark({ gateway, account }: GatewayAccount, secret: string): string {
  return sha256Hex(JSON.stringify(['payhook secret mark', gateway, account, secret])).slice(0, 8);
}
