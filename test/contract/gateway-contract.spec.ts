import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { describeGateway, type SignatureVector } from '../../src/simulator/contract/gateway-contract.js';
import { SIMULATORS } from '../../src/simulator/simulators.js';
import { gateways } from '../../src/webhooks/gateways/index.js';
import { WINDOW_SECONDS } from '../../src/webhooks/gateways/signature.js';

/** Vectors from the gateway's official library, where it has one. */
function vectorsOf(name: string): readonly SignatureVector[] {
  const places = [`test/fixtures/vectors/${name}.json`, `test/fixtures/${name}/vectors.json`];
  const file = places.find((place) => existsSync(place));
  if (file === undefined) return [];
  return (JSON.parse(readFileSync(file, 'utf8')) as { vectors: SignatureVector[] }).vectors;
}

const WINDOW = { maxAgeSeconds: WINDOW_SECONDS, maxAheadSeconds: WINDOW_SECONDS };

for (const gateway of gateways) {
  const simulator = SIMULATORS.get(gateway.name);
  if (!simulator) throw new Error(`${gateway.name} has no simulator`);
  const isCustom = 'by' in gateway.proof && gateway.proof.by === 'custom';
  describeGateway(
    { gateway, simulator, vectors: vectorsOf(gateway.name), ...(isCustom && { window: WINDOW }) },
    { describe, it },
  );
}

describe('the contract of gateways', () => {
  it('is kept by every one that ships, each with vectors if it signs', () => {
    const signing = gateways.filter(({ tokenInPath }) => !tokenInPath);
    expect(signing.map(({ name }) => vectorsOf(name).length > 0)).toEqual(signing.map(() => true));
  });
});
