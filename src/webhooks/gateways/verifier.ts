import { compileSigned } from './signed-proof.js';
import { compileToken } from './token-proof.js';
import type {
  CustomProof,
  Evidence,
  HeaderEvidence,
  Proof,
  Refusal,
  RefusalReason,
  VerificationResult,
  Verifier,
} from './proof.js';

const compiled = new WeakMap<object, Verifier>();

/**
 * The verifier of a gateway. A declaration is compiled at the first call, which the registry of gateways makes at start;
 * later calls look it up.
 */
export function verifierOf({ proof }: { readonly proof: Proof | readonly Proof[] }): Verifier {
  let verifier = compiled.get(proof);
  if (verifier === undefined) compiled.set(proof, (verifier = compileVerifier(proof)));
  return verifier;
}

/** Throws {@link RangeError} for a declaration that can prove nothing. */
export function compileVerifier(proof: Proof | readonly Proof[]): Verifier {
  if (!isList(proof)) return compileOne(proof);
  if (proof.length === 0) throw new RangeError('a gateway needs at least one proof');
  return anyOf(proof.map(compileOne));
}

const isList = (proof: Proof | readonly Proof[]): proof is readonly Proof[] => Array.isArray(proof);

function compileOne(proof: Proof): Verifier {
  switch (proof.by) {
    case 'hmac':
    case 'digest':
      return compileSigned(proof);
    case 'token':
      return compileToken(proof);
    case 'custom':
      return compileCustom(proof);
  }
}

const compileCustom = (proof: CustomProof): Verifier => ({
  checkHeaders: (evidence) => proof.checkHeaders?.(evidence) ?? null,
  verify: (evidence) => proof.prove(evidence),
  isCostly: (secret) => proof.isCostly?.(secret) ?? false,
});

/** A request has to be proven in one of several ways. The headers are refused where every way refuses them. */
function anyOf(verifiers: readonly Verifier[]): Verifier {
  return {
    checkHeaders(evidence: HeaderEvidence): Refusal | null {
      const refusals: Refusal[] = [];
      for (const verifier of verifiers) {
        const refusal = verifier.checkHeaders(evidence);
        if (refusal === null) return null;
        refusals.push(refusal);
      }
      return refusals.find(({ reason }) => reason !== 'missing_signature') ?? refusals[0] ?? null;
    },
    verify: (evidence) => verifyInTurn(verifiers, evidence),
    isCostly: (secret) => verifiers.some((verifier) => verifier.isCostly(secret)),
  };
}

/** An asynchronous way is tried only where the ways before it found nothing. */
function verifyInTurn(
  verifiers: readonly Verifier[],
  evidence: Evidence,
  from = 0,
  reason: RefusalReason = 'missing_signature',
): VerificationResult | Promise<VerificationResult> {
  let told = reason;
  for (let at = from; at < verifiers.length; at++) {
    const result = verifiers[at]?.verify(evidence);
    if (result instanceof Promise) {
      const soFar = told;
      return result.then((later) =>
        later.ok ? later : verifyInTurn(verifiers, evidence, at + 1, closerReason(soFar, later.reason)),
      );
    }
    if (result?.ok) return result;
    if (result) told = closerReason(told, result.reason);
  }
  return { ok: false, reason: told };
}

/** The way whose signature was missing says nothing where another way found one. */
const closerReason = (told: RefusalReason, next: RefusalReason): RefusalReason =>
  told === 'missing_signature' ? next : told;
