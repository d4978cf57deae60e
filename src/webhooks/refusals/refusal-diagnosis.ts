import type { GatewayAccount } from '../../platform/config/env.js';
import { type Alteration, possibleOriginals } from './body-alterations.js';
import type { Gateway, RefusalReason, Evidence } from '../gateways/gateway.js';
import { verifierOf } from '../gateways/verifier.js';

/**
 * What an operator is told of a refused request: the reason, or what looking closer has found behind it. For a
 * person to act on; never for the caller, and never a way in. A mode is told by the account whose secret matches:
 * a message that says its own mode is believed over the account's, so a mode alone refuses nothing.
 */
export type RefusalDiagnosis =
  | { finding: 'altered_body'; alteration: Alteration }
  | { finding: 'secret_of_another_account'; account: string; mode: GatewayAccount['mode'] }
  | { finding: RefusalReason; detail?: string };

/** A request that failed to prove itself, with what is needed to look closer. */
export interface UnverifiedRequest {
  gateway: Gateway;
  account: GatewayAccount;
  /** As it was verified. */
  evidence: Omit<Evidence, 'raw'>;
  /** Null where it was refused before its body was read, or is too large to look closer at. */
  raw: Buffer | null;
}

/** Reasons that headers can explain, or another secret or body. Of the others all is said. */
const VERIFICATION_REASONS: ReadonlySet<RefusalReason> = new Set([
  'missing_signature',
  'malformed_signature',
  'no_secret_matches',
  'too_old',
  'too_far_ahead',
  'bad_token',
]);
const EMPTY_BODY = Buffer.alloc(0);

/** Told in place of a closer look that was not taken: the time for such looks is bounded. */
export const NOT_EXAMINED = 'not examined';

/** What is told of a refusal that nobody looked at more closely. */
export const toUndiagnosed = (reason: RefusalReason): RefusalDiagnosis =>
  VERIFICATION_REASONS.has(reason) ? { finding: reason, detail: NOT_EXAMINED } : { finding: reason };

/** Asked after each verification: may there be another? */
type MayContinue = () => boolean;

/**
 * Looks closer. `others` are the other accounts of the same gateway. Pure, as far as the gateway's `verify` is;
 * takes up to a dozen verifications of the body, so it belongs off the request path, and `goesOn` ends it early.
 * Signatures that cost too much to be tried for this (`isCostly`) are not.
 */
export async function diagnoseRefusal(
  reason: RefusalReason,
  unproven: UnverifiedRequest | null,
  others: readonly GatewayAccount[],
  goesOn: MayContinue = () => true,
): Promise<RefusalDiagnosis> {
  if (!unproven || !VERIFICATION_REASONS.has(reason)) return { finding: reason };
  if (reason === 'bad_token')
    return (
      (await secretOfAnotherAccount({ ...unproven, raw: EMPTY_BODY }, others, goesOn)) ?? { finding: reason }
    );
  if (reason === 'no_secret_matches')
    return (
      (await secretOfAnotherAccount(unproven, others, goesOn)) ??
      (await findAlteration(unproven, goesOn)) ??
      undiagnosedIfCostly(unproven, others)
    );
  const detail = verifierOf(unproven.gateway).checkHeaders(unproven.evidence)?.detail;
  return detail === undefined ? { finding: reason } : { finding: reason, detail };
}

/** Nothing was found; where costly signatures were passed over, that is said. */
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
  goesOn: MayContinue,
): Promise<RefusalDiagnosis | null> {
  if (!raw) return null;
  for (const { account, mode, secrets } of others) {
    const verdict = await verifierOf(gateway).verify({
      ...evidence,
      raw,
      secrets: withoutCostlySecrets(gateway, secrets),
    });
    if (verdict.ok) return { finding: 'secret_of_another_account', account, mode };
    if (!goesOn()) return toUndiagnosed(verdict.reason);
  }
  return null;
}

async function findAlteration(
  { gateway, evidence, raw }: UnverifiedRequest,
  goesOn: MayContinue,
): Promise<RefusalDiagnosis | null> {
  const secrets = withoutCostlySecrets(gateway, evidence.secrets);
  if (!raw || secrets.length === 0) return null;
  for (const { alteration, raw: original } of possibleOriginals(raw)) {
    const verdict = await verifierOf(gateway).verify({ ...evidence, raw: original, secrets });
    if (verdict.ok) return { finding: 'altered_body', alteration };
    if (!goesOn()) return toUndiagnosed(verdict.reason);
  }
  return null;
}
