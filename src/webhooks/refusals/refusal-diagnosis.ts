import type { GatewayAccount } from '../../platform/config/env.js';
import { type Alteration, possibleOriginals } from './body-alterations.js';
import type { Gateway, RefusalReason, Evidence } from '../gateways/gateway.js';
import { verifierOf } from '../gateways/verifier.js';

/**
 * What an operator learns about a refused request: the reason, or the cause that a diagnosis found. The caller never sees
 * it, and no request is accepted because of it. `mode` is that of the account whose secret matches. A mode alone never
 * refuses a request, because a mode in the message counts more than the account's.
 */
export type RefusalDiagnosis =
  | { finding: 'altered_body'; alteration: Alteration }
  | { finding: 'secret_of_another_account'; account: string; mode: GatewayAccount['mode'] }
  | { finding: RefusalReason; detail?: string };

/** A request that failed its verification, with everything that a diagnosis needs. */
export interface UnverifiedRequest {
  gateway: Gateway;
  account: GatewayAccount;
  /** The evidence of the failed verification. */
  evidence: Omit<Evidence, 'raw'>;
  /** Null if the request was refused before its body was read, or if the body is too large to diagnose. */
  raw: Buffer | null;
}

/** Reasons that headers, another secret or another body can explain. Other reasons need no diagnosis. */
const VERIFICATION_REASONS: ReadonlySet<RefusalReason> = new Set([
  'missing_signature',
  'malformed_signature',
  'no_secret_matches',
  'too_old',
  'too_far_ahead',
  'bad_token',
]);
const EMPTY_BODY = Buffer.alloc(0);

/** The detail of a refusal that was not diagnosed, because the time for diagnoses is bounded. */
export const NOT_EXAMINED = 'not examined';

/** The result for a refusal that was not diagnosed. */
export const toUndiagnosed = (reason: RefusalReason): RefusalDiagnosis =>
  VERIFICATION_REASONS.has(reason) ? { finding: reason, detail: NOT_EXAMINED } : { finding: reason };

/** Called after each verification; returns whether another one may follow. */
type MayContinue = () => boolean;

/**
 * Diagnoses a refusal. `others` are the other accounts of the same gateway. Pure if the gateway's verification is. Runs up
 * to 12 verifications of the body, so it must not run during the request; `mayContinue` ends it early. Costly signatures
 * (`isCostly`) are not tried.
 */
export async function diagnoseRefusal(
  reason: RefusalReason,
  request: UnverifiedRequest | null,
  others: readonly GatewayAccount[],
  mayContinue: MayContinue = () => true,
): Promise<RefusalDiagnosis> {
  if (!request || !VERIFICATION_REASONS.has(reason)) return { finding: reason };
  if (reason === 'bad_token')
    return (
      (await secretOfAnotherAccount({ ...request, raw: EMPTY_BODY }, others, mayContinue)) ?? {
        finding: reason,
      }
    );
  if (reason === 'no_secret_matches')
    return (
      (await secretOfAnotherAccount(request, others, mayContinue)) ??
      (await findAlteration(request, mayContinue)) ??
      undiagnosedIfCostly(request, others)
    );
  const detail = verifierOf(request.gateway).checkHeaders(request.evidence)?.detail;
  return detail === undefined ? { finding: reason } : { finding: reason, detail };
}

/** The result if nothing was found. It says "not examined" if costly signatures were skipped. */
function undiagnosedIfCostly(
  { gateway, evidence }: UnverifiedRequest,
  others: readonly GatewayAccount[],
): RefusalDiagnosis {
  const all = [evidence.secrets, ...others.map(({ secrets }) => secrets)].flat();
  const reason = 'no_secret_matches';
  return all.some((secret) => verifierOf(gateway).isCostly(secret))
    ? toUndiagnosed(reason)
    : { finding: reason };
}

const withoutCostlySecrets = (gateway: Gateway, secrets: readonly string[]): readonly string[] =>
  secrets.filter((secret) => !verifierOf(gateway).isCostly(secret));

async function secretOfAnotherAccount(
  { gateway, evidence, raw }: UnverifiedRequest,
  others: readonly GatewayAccount[],
  mayContinue: MayContinue,
): Promise<RefusalDiagnosis | null> {
  if (!raw) return null;
  for (const { account, mode, secrets } of others) {
    const verdict = await verifierOf(gateway).verify({
      ...evidence,
      raw,
      secrets: withoutCostlySecrets(gateway, secrets),
    });
    if (verdict.ok) return { finding: 'secret_of_another_account', account, mode };
    if (!mayContinue()) return toUndiagnosed(verdict.reason);
  }
  return null;
}

async function findAlteration(
  { gateway, evidence, raw }: UnverifiedRequest,
  mayContinue: MayContinue,
): Promise<RefusalDiagnosis | null> {
  const secrets = withoutCostlySecrets(gateway, evidence.secrets);
  if (!raw || secrets.length === 0) return null;
  for (const { alteration, raw: original } of possibleOriginals(raw)) {
    const verdict = await verifierOf(gateway).verify({ ...evidence, raw: original, secrets });
    if (verdict.ok) return { finding: 'altered_body', alteration };
    if (!mayContinue()) return toUndiagnosed(verdict.reason);
  }
  return null;
}
