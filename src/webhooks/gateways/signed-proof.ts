import { claimReader, type SignedClaim } from './signed-claim.js';
import {
  type Claim,
  type DigestProof,
  type Evidence,
  type HmacProof,
  MAX_SIGNED_ITEMS,
  type VerificationResult,
  type Verifier,
} from './proof.js';
import { digest, equalConstantTime, hmac } from './signature.js';

const NO_SECRET_MATCHES: VerificationResult = { ok: false, reason: 'no_secret_matches' };

/** The signature by the secret at this index. Null: the secret proves nothing. */
export type Signer = (evidence: Evidence, claim: Claim, secret: number) => Buffer | null;

/** A proof by HMAC or digest, ready to be used. */
export function compileSigned(proof: HmacProof | DigestProof): Verifier {
  const { readHeaders, readSignatures } = claimReader(proof);
  const sign = signerOf(proof);

  /** Constant time. Every signature of a list is compared with the one that this secret gives. */
  const matches = (evidence: Evidence, claim: SignedClaim, secret: number): boolean => {
    const expected = sign(evidence, claim, secret);
    return expected !== null && claim.signatures.some((signature) => equalConstantTime(signature, expected));
  };

  return {
    checkHeaders(evidence) {
      const claim = readHeaders(evidence);
      return 'reason' in claim ? claim : null;
    },
    verify(evidence) {
      const claim = readHeaders(evidence);
      if ('reason' in claim) return { ok: false, reason: claim.reason };
      const items = proof.each ? proof.each(evidence.parse(evidence.raw)) : WHOLE_BODY;
      if (items.length === 0 || items.length > MAX_SIGNED_ITEMS)
        return { ok: false, reason: 'missing_signature' };
      const claims: SignedClaim[] = [];
      for (const item of items) {
        const signed = readSignatures(evidence, claim, item);
        if ('reason' in signed) return { ok: false, reason: signed.reason };
        claims.push(signed);
      }
      for (let secret = 0; secret < evidence.secrets.length; secret++)
        if (claims.every((signed) => matches(evidence, signed, secret))) return { ok: true, secret };
      return NO_SECRET_MATCHES;
    },
    isCostly: () => false,
  };
}

export const signerOf = (proof: HmacProof | DigestProof): Signer =>
  proof.by === 'hmac' ? hmacSigner(proof) : digestSigner(proof);

/** Where a body is signed as a whole there is one part, which is not looked at. */
const WHOLE_BODY: readonly unknown[] = [undefined];

const rawBody = ({ raw }: Evidence): readonly Buffer[] => [raw];

function hmacSigner({ hash = 'sha256', key = 'text', covers = rawBody }: HmacProof): Signer {
  const read = typeof key === 'function' ? key : KEY_READERS[key];
  // The list of secrets belongs to the account and never changes, so that each key is read once.
  const keysOf = new WeakMap<readonly string[], readonly (Buffer | null)[]>();
  return (evidence, claim, at) => {
    const { secrets } = evidence;
    let keys = keysOf.get(secrets);
    if (keys === undefined) keysOf.set(secrets, (keys = secrets.map(read)));
    const bytes = keys[at];
    // HMAC with an empty key is one that anybody can compute.
    return bytes?.length ? hmac(hash, bytes, covers(evidence, claim)) : null;
  };
}

function digestSigner({ hash = 'sha256', covers }: DigestProof): Signer {
  return (evidence, claim, at) => {
    const secret = evidence.secrets[at];
    return secret ? digest(hash, covers(evidence, claim, secret)) : null;
  };
}

/** Node drops what is not hexadecimal or base64: a key that does not say all of its secret is none. */
const KEY_READERS: Readonly<Record<'text' | 'hex' | 'base64', (secret: string) => Buffer | null>> = {
  text: (secret) => Buffer.from(secret, 'utf8'),
  hex: (secret) => (/^(?:[0-9a-f]{2})+$/i.test(secret) ? Buffer.from(secret, 'hex') : null),
  base64: (secret) =>
    /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(secret)
      ? Buffer.from(secret, 'base64')
      : null,
};
