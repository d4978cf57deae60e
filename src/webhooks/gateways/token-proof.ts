import type { HeaderEvidence, Refusal, TokenProof, Verifier } from './proof.js';
import { equalConstantTime, sha256 } from './signature.js';

/** A proof by the secret itself, ready to be used. The whole of it is checked from the headers and the path. */
export function compileToken({ at }: TokenProof): Verifier {
  const read = readerOf(at);
  const check = (evidence: HeaderEvidence): number | Refusal => {
    const token = read(evidence);
    if (typeof token !== 'string') return token;
    const secret = matchingSecret(token, evidence.secrets);
    return secret === -1 ? { reason: 'bad_token', detail: 'no secret is this token' } : secret;
  };
  return {
    checkHeaders(evidence) {
      const checked = check(evidence);
      return typeof checked === 'number' ? null : checked;
    },
    verify(evidence) {
      const checked = check(evidence);
      return typeof checked === 'number'
        ? { ok: true, secret: checked }
        : { ok: false, reason: checked.reason };
    },
    isCostly: () => false,
  };
}

type TokenReader = (evidence: HeaderEvidence) => string | Refusal;

const missing = (detail: string): Refusal => ({ reason: 'missing_signature', detail });
const malformed = (detail: string): Refusal => ({ reason: 'malformed_signature', detail });

function readerOf(at: TokenProof['at']): TokenReader {
  // A path without a token is one of the wrong token: the path is not a header that was forgotten.
  if (at === 'path') return ({ token }) => token || { reason: 'bad_token', detail: 'the path has no token' };
  if (at === 'basic') return readBasic;
  const { header, prefix = '' } = at;
  return ({ headers }) => {
    const value = headers[header]?.toString();
    if (!value) return missing(`${header} is missing`);
    if (!value.startsWith(prefix)) return malformed(`${header} does not begin with ${prefix}`);
    return value.slice(prefix.length) || malformed(`${header} holds nothing after ${prefix}`);
  };
}

const BASIC = /^basic +([A-Za-z0-9+/]+={0,2})$/i;

/** RFC 7617: the base64 of `user:password`. */
function readBasic({ headers }: HeaderEvidence): string | Refusal {
  if (!headers.authorization) return missing('authorization is missing');
  const [, base64] = BASIC.exec(headers.authorization) ?? [];
  return base64 === undefined
    ? malformed('authorization is not Basic and the base64 of user:password')
    : Buffer.from(base64, 'base64').toString('utf8');
}

/** Digests have one length, so the comparison tells nothing of the token's. Every secret is compared. */
function matchingSecret(token: string, secrets: readonly string[]): number {
  const digest = sha256(token);
  const matches = secrets.map((secret) => secret !== '' && equalConstantTime(digest, sha256(secret)));
  return matches.indexOf(true);
}
