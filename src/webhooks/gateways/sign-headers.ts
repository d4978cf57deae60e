import type { Evidence, Proof, SignaturePlace } from './proof.js';
import { createEvidence } from './evidence.js';
import { signerOf } from './signed-proof.js';

/** What is signed, and as whom. `headers` are the ones that the gateway sends besides, such as an id that it signs. */
export interface Signing extends Partial<Omit<Evidence, 'secrets' | 'token'>> {
  readonly raw: Buffer;
  readonly secret: string;
  readonly now: Date;
}

/**
 * The headers of a request as a gateway of this proof would send them: for simulators, whose signature then follows from
 * the declaration that verifies it.
 *
 * @throws RangeError for a proof that is not an HMAC or a digest in a header, or a token in a header, or for a secret that
 * gives no key.
 */
export function signHeaders(proof: Proof, { secret, ...signed }: Signing): Record<string, string> {
  if (proof.by === 'token') return tokenHeader(proof.at, secret);
  if (proof.by === 'custom') throw new RangeError('a custom proof has its own way to sign');
  const { at, time, encoding = 'hex' } = proof;
  const { header: timeHeader, unit = 's' } = time ?? {};
  const now = signed.now.getTime();
  const written = String(unit === 'ms' ? now : Math.floor(now / 1000));
  const headers = { ...signed.headers, ...(timeHeader !== undefined && { [timeHeader]: written }) };
  const evidence = createEvidence({ ...signed, headers, secrets: [secret] });
  const claim = { time: 'pairs' in at || time !== undefined ? written : null, item: undefined };
  const signature = signerOf(proof)(evidence, claim, 0);
  if (signature === null) throw new RangeError('this secret gives no key');
  const texts = Object.entries(headers).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return { ...Object.fromEntries(texts), ...signatureHeader(at, signature.toString(encoding), written) };
}

function signatureHeader(at: SignaturePlace, signature: string, time: string): Record<string, string> {
  if ('field' in at) throw new RangeError('a signature in the body is written by whoever writes the body');
  if ('pairs' in at) return { [at.pairs]: `${at.time}=${time}${at.separator}${at.signature}=${signature}` };
  return { [at.header]: (at.prefix ?? '') + signature };
}

function tokenHeader(at: 'path' | 'basic' | { header: string; prefix?: string }, secret: string) {
  if (at === 'path') throw new RangeError('a token in the path is no header');
  if (at === 'basic') return { authorization: `Basic ${Buffer.from(secret).toString('base64')}` };
  return { [at.header]: (at.prefix ?? '') + secret };
}
