import assert from 'node:assert/strict';
import type { Evidence, Refusal, VerificationResult } from '../../webhooks/gateways/gateway.js';
import { createEvidence } from '../../webhooks/gateways/evidence.js';
import { verifierOf } from '../../webhooks/gateways/verifier.js';
import type { SignedRequest } from '../gateway-simulator.js';
import type { ContractCase, GatewaySubject } from './subject.js';
import { eventsOf, evidenceOf, firstEvent, proofsOf, requestOf, secretsOf } from './subject.js';

export function signatureCases(subject: GatewaySubject): readonly ContractCase[] {
  return [
    ...acceptedCases(subject),
    ...headerCases(subject),
    ...bodyCases(subject),
    ...windowCases(subject),
    ...vectorCases(subject),
  ];
}

type Verify = (evidence: Evidence) => Promise<VerificationResult>;

const verifyOf =
  ({ gateway }: GatewaySubject): Verify =>
  async (evidence) =>
    verifierOf(gateway).verify(evidence);

async function assertRefused(subject: GatewaySubject, evidence: Evidence, what: string): Promise<void> {
  const result = await verifyOf(subject)(evidence);
  assert.equal(result.ok, false, what);
}

function acceptedCases(subject: GatewaySubject): readonly ContractCase[] {
  const [first, second] = secretsOf(subject);
  const verify = verifyOf(subject);
  const signed = (secret: string): SignedRequest => requestOf(subject, firstEvent(subject), secret);
  return [
    {
      name: 'proves every kind of event that the gateway sends',
      async run() {
        for (const event of eventsOf(subject)) {
          const evidence = evidenceOf(subject, requestOf(subject, event, first), [first]);
          assert.equal(verifierOf(subject.gateway).checkHeaders(evidence), null);
          assert.deepEqual(await verify(evidence), { ok: true, secret: 0 });
        }
      },
    },
    {
      name: 'is taken under any secret in use, and says which',
      async run() {
        const evidence = evidenceOf(subject, signed(second), [first, second]);
        assert.deepEqual(await verify(evidence), { ok: true, secret: 1 });
      },
    },
    {
      name: 'is refused under no secret, an empty one and another one',
      async run() {
        const request = signed(second);
        for (const secrets of [[], [''], [first]])
          await assertRefused(subject, evidenceOf(subject, request, secrets), `secrets ${secrets.length}`);
      },
    },
  ];
}

/** The headers without which the request is refused. */
function signedHeaders(subject: GatewaySubject, evidence: Evidence): string[] {
  const { checkHeaders } = verifierOf(subject.gateway);
  return Object.keys(evidence.headers).filter(
    (name) => checkHeaders({ ...evidence, headers: { ...evidence.headers, [name]: undefined } }) !== null,
  );
}

function headerCases(subject: GatewaySubject): readonly ContractCase[] {
  const [secret] = secretsOf(subject);
  const evidence = (): Evidence =>
    evidenceOf(subject, requestOf(subject, firstEvent(subject), secret), [secret]);
  const withHeader = (name: string, value: string | undefined): Evidence => {
    const whole = evidence();
    return { ...whole, headers: { ...whole.headers, [name]: value } };
  };
  const inHeaders = proofsOf(subject).some(
    (proof) =>
      proof.by === 'custom' ||
      (proof.at !== 'path' && !(typeof proof.at === 'object' && 'field' in proof.at)),
  );
  if (!inHeaders) return tokenCases(subject);
  return [
    {
      name: 'is refused where one of its headers is missing or empty, before the body is read',
      async run() {
        const names = signedHeaders(subject, evidence());
        assert.ok(names.length > 0, 'no header is needed');
        for (const name of names)
          for (const value of [undefined, '']) {
            const without = withHeader(name, value);
            assert.equal(verifierOf(subject.gateway).checkHeaders(without)?.reason, 'missing_signature');
            await assertRefused(subject, without, name);
          }
      },
    },
    {
      name: 'is refused where one of its headers is cut, longer or in another encoding',
      async run() {
        for (const name of signedHeaders(subject, evidence())) {
          const value = String(evidence().headers[name]);
          for (const altered of alterationsOf(value))
            await assertRefused(subject, withHeader(name, altered), `${name}: ${altered}`);
        }
      },
    },
    {
      name: 'is refused in words that repeat nothing of its headers',
      run() {
        for (const name of signedHeaders(subject, evidence())) {
          const value = String(evidence().headers[name]);
          for (const altered of [value.slice(0, -1), `${value}0`, 'nonsense-of-a-sender']) {
            const refusal: Refusal | null = verifierOf(subject.gateway).checkHeaders(
              withHeader(name, altered),
            );
            assert.ok(!refusal?.detail.includes(altered));
          }
        }
      },
    },
  ];
}

/** What goes wrong with a header on its way, and what a forger tries. None of them is the header that was signed. */
function alterationsOf(value: string): string[] {
  const hex = /[0-9a-f]{40,}/i.exec(value)?.[0];
  const base64 = /[A-Za-z0-9+/]{27,}={0,2}$/.exec(value)?.[0];
  return [
    value.slice(0, -1),
    value.slice(1),
    `${value}0`,
    value.slice(0, value.length / 2),
    ...(hex ? [value.replaceAll(hex, Buffer.from(hex, 'hex').toString('base64'))] : []),
    ...(base64 && !hex ? [value.replaceAll(base64, Buffer.from(base64, 'base64').toString('hex'))] : []),
  ].filter((altered) => altered !== value);
}

function tokenCases(subject: GatewaySubject): readonly ContractCase[] {
  const [secret, other] = secretsOf(subject);
  if (!subject.gateway.tokenInPath) return [];
  return [
    {
      name: 'is refused where the token is missing, cut, longer, in another case or another one',
      async run() {
        const whole = evidenceOf(subject, requestOf(subject, firstEvent(subject), secret), [secret]);
        const swapped = secret === secret.toUpperCase() ? secret.toLowerCase() : secret.toUpperCase();
        for (const token of [null, '', secret.slice(1), secret.slice(0, -1), `${secret}0`, swapped, other]) {
          const evidence = { ...whole, token };
          assert.equal(verifierOf(subject.gateway).checkHeaders(evidence)?.reason, 'bad_token');
          await assertRefused(subject, evidence, 'token');
        }
      },
    },
  ];
}

function bodyCases(subject: GatewaySubject): readonly ContractCase[] {
  if (proofsOf(subject).every(({ by }) => by === 'token')) return [];
  const [secret] = secretsOf(subject);
  return [
    {
      name: 'is refused where a byte of the body is changed, added or missing',
      async run() {
        const request = requestOf(subject, firstEvent(subject), secret);
        const { body } = request;
        const flipped = (at: number): Buffer => {
          const bytes = Buffer.from(body);
          bytes[at] = (bytes[at] ?? 0) ^ 1;
          return bytes;
        };
        for (const altered of [
          flipped(0),
          flipped(Math.floor(body.length / 2)),
          flipped(body.length - 1),
          Buffer.concat([body, Buffer.from(' ')]),
          body.subarray(0, -1),
          Buffer.alloc(0),
        ])
          await assertRefused(
            subject,
            evidenceOf(subject, { ...request, body: altered }, [secret]),
            'a body',
          );
      },
    },
  ];
}

function windowCases(subject: GatewaySubject): readonly ContractCase[] {
  const declared = proofsOf(subject).flatMap((proof) =>
    'time' in proof && proof.time ? [proof.time] : [],
  )[0];
  const window = subject.window ?? declared;
  if (!window) return [];
  const [secret] = secretsOf(subject);
  const at = (seconds: number): Promise<VerificationResult> => {
    const evidence = evidenceOf(subject, requestOf(subject, firstEvent(subject), secret), [secret]);
    return verifyOf(subject)({ ...evidence, now: new Date(evidence.now.getTime() + seconds * 1000) });
  };
  return [
    {
      name: 'holds to both edges of its window, and not a second longer',
      async run() {
        const proven = { ok: true, secret: 0 };
        assert.deepEqual(await at(window.maxAgeSeconds), proven);
        assert.deepEqual(await at(window.maxAgeSeconds + 1), { ok: false, reason: 'too_old' });
        assert.deepEqual(await at(-window.maxAheadSeconds), proven);
        assert.deepEqual(await at(-window.maxAheadSeconds - 1), { ok: false, reason: 'too_far_ahead' });
      },
    },
  ];
}

const vectorCases = (subject: GatewaySubject): readonly ContractCase[] =>
  (subject.vectors ?? []).map((vector) => ({
    name: `agrees with the vector ${vector.name}: ${vector.expect}`,
    async run() {
      const headers = Object.entries(vector.headers).map(([name, value]) => [name.toLowerCase(), value]);
      const evidence = createEvidence({
        raw: Buffer.from(vector.body),
        headers: Object.fromEntries(headers) as Record<string, string>,
        secrets: vector.secrets,
        settings: subject.settings ?? {},
        now: new Date(vector.now * 1000),
        ...(vector.url !== undefined && { publicUrl: () => vector.url ?? '' }),
      });
      const { ok } = await verifyOf(subject)(evidence);
      assert.equal(ok ? 'valid' : 'invalid', vector.expect);
    },
  }));
