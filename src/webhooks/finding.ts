import type { GatewayAccount } from '../config/env.js';
import { type Alteration, originalsOf } from './body-alterations.js';
import type { Gateway, RefusalReason, VerifyInput } from './gateways/gateway.js';

/**
 * What an operator is told of a refused request: the reason, or what looking closer has found behind it. For a
 * person to act on; never for the caller, and never a way in. A mode is told by the account whose secret matches:
 * a message that says its own mode is believed over the account's, so a mode alone refuses nothing.
 */
export type Finding =
  | { finding: 'altered_body'; alteration: Alteration }
  | { finding: 'secret_of_another_account'; account: string; mode: GatewayAccount['mode'] }
  | { finding: RefusalReason; detail?: string };

/** A request that failed to prove itself, with what is needed to look closer. */
export interface Unproven {
  gateway: Gateway;
  account: GatewayAccount;
  /** As it was verified. */
  evidence: Omit<VerifyInput, 'raw'>;
  /** Null where it was refused before its body was read, or is too large to look closer at. */
  raw: Buffer | null;
}

/** Reasons that headers can explain, or another secret or body. Of the others all is said. */
const ABOUT_PROOF: ReadonlySet<RefusalReason> = new Set([
  'missing_signature',
  'malformed_signature',
  'no_secret_matches',
  'too_old',
  'too_far_ahead',
  'bad_token',
]);
const NOTHING = Buffer.alloc(0);

/**
 * Looks closer. `others` are the other accounts of the same gateway. Pure, as far as the gateway's `verify` is;
 * takes up to a dozen verifications of the body, so it belongs off the request path and under a budget.
 */
export async function findingOf(
  reason: RefusalReason,
  unproven: Unproven | null,
  others: readonly GatewayAccount[],
): Promise<Finding> {
  if (!unproven || !ABOUT_PROOF.has(reason)) return { finding: reason };
  if (reason === 'bad_token')
    return (await foreignSecret({ ...unproven, raw: NOTHING }, others)) ?? { finding: reason };
  if (reason === 'no_secret_matches')
    return (await foreignSecret(unproven, others)) ?? (await alteredBody(unproven)) ?? { finding: reason };
  const detail = unproven.gateway.explainHeaders?.(unproven.evidence) ?? undefined;
  return detail === undefined ? { finding: reason } : { finding: reason, detail };
}

async function foreignSecret(
  { gateway, evidence, raw }: Unproven,
  others: readonly GatewayAccount[],
): Promise<Finding | null> {
  if (!raw) return null;
  for (const { account, mode, secrets } of others) {
    const verdict = await gateway.verify({ ...evidence, raw, secrets });
    if (verdict.ok) return { finding: 'secret_of_another_account', account, mode };
  }
  return null;
}

async function alteredBody({ gateway, evidence, raw }: Unproven): Promise<Finding | null> {
  if (!raw) return null;
  for (const { alteration, raw: original } of originalsOf(raw)) {
    const verdict = await gateway.verify({ ...evidence, raw: original });
    if (verdict.ok) return { finding: 'altered_body', alteration };
  }
  return null;
}
