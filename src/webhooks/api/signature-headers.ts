import type { Gateway, Proof, SignaturePlace, SignedTime } from '../gateways/gateway.js';

type Headers = Readonly<Record<string, string>>;

/** The headers that a gateway's requests prove themselves with, and what each holds; from the gateway's declaration. */
export function signatureHeaders({ proof }: Pick<Gateway, 'proof'>): Headers {
  const proofs: readonly Proof[] = 'by' in proof ? [proof] : proof;
  return Object.assign({}, ...proofs.map(headersOf)) as Headers;
}

function headersOf(proof: Proof): Headers {
  if (proof.by === 'custom') return proof.headers ?? {};
  if (proof.by === 'token') return tokenHeaders(proof.at);
  const algorithm = `${proof.by === 'hmac' ? 'HMAC-' : ''}${(proof.hash ?? 'sha256').toUpperCase()}`;
  const signature = `the ${algorithm} in ${proof.encoding === 'base64' ? 'base64' : 'hexadecimal'}`;
  return { ...signedHeaders(proof.at, signature, proof.time), ...timeHeaders(proof.time) };
}

function signedHeaders(at: SignaturePlace, signature: string, time: SignedTime | undefined): Headers {
  if ('field' in at) return {};
  if ('header' in at) {
    const form = at.prefix === undefined ? '' : ` after \`${at.prefix}\``;
    const several = at.list === undefined ? '' : `; several are separated by \`${at.list}\``;
    return { [at.header]: `Holds ${signature}${form}${several}.` };
  }
  const pairs = `\`${at.time}=<time>${at.separator}${at.signature}=<signature>\``;
  return {
    [at.pairs]: `${pairs}: the signature is ${signature}${time ? `; the time is ${timeText(time)}` : ''}.`,
  };
}

const timeHeaders = (time: SignedTime | undefined): Headers =>
  time?.header === undefined ? {} : { [time.header]: `Holds ${timeText(time)}.` };

const timeText = ({ unit = 's', maxAgeSeconds, maxAheadSeconds }: SignedTime): string =>
  `Unix time in ${unit === 's' ? 'seconds' : 'milliseconds'}, signed, at most ${maxAgeSeconds} s old and ` +
  `${maxAheadSeconds} s ahead`;

function tokenHeaders(at: Extract<Proof, { by: 'token' }>['at']): Headers {
  if (at === 'path') return {};
  if (at === 'basic') return { authorization: 'Basic authentication with the secret as `user:password`.' };
  return { [at.header]: `Holds the secret${at.prefix === undefined ? '' : ` after \`${at.prefix}\``}.` };
}
