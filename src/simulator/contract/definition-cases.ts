import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { FAILURE_REASONS } from '../../payments/index.js';
import type { StoredMessage } from '../../webhooks/gateways/gateway.js';
import type { ContractCase, GatewaySubject } from './subject.js';
import { proofsOf, secretsOf } from './subject.js';

const NAME = /^(?!.*__)[a-z][a-z0-9_]{0,30}$/;
const STATUSES: readonly StoredMessage['status'][] = ['accepted', 'duplicate', 'ignored', 'parked'];
/** Gateways read at most the first lines of an answer, and each is sent for every webhook. */
const MAX_ACKNOWLEDGEMENT_BYTES = 1024;

export function definitionCases(subject: GatewaySubject): readonly ContractCase[] {
  const { gateway, simulator } = subject;
  return [
    {
      name: 'has a name that URLs and variables can hold, and its simulator has the same',
      run() {
        assert.match(gateway.name, NAME);
        assert.equal(simulator.gateway, gateway.name);
      },
    },
    {
      name: 'has a token in its path exactly where its proof is one',
      run() {
        const byPath = proofsOf(subject).some((proof) => proof.by === 'token' && proof.at === 'path');
        assert.equal(gateway.tokenInPath ?? false, byPath);
      },
    },
    {
      name: 'makes secrets that it takes, and the same of the same bytes',
      run() {
        const make = (seed: string): string | undefined =>
          gateway.makeSecret?.(createHash('sha256').update(seed).digest());
        assert.equal(make('a'), make('a'));
        if (gateway.makeSecret) assert.notEqual(make('a'), make('b'));
        for (const secret of secretsOf(subject)) assert.equal(gateway.checkSecret?.(secret) ?? null, null);
      },
    },
    {
      name: 'says what is wrong with a secret without repeating it',
      run() {
        const wrong = '!wrong secret!';
        assert.ok(!(gateway.checkSecret?.(wrong) ?? '').includes(wrong));
      },
    },
    {
      name: 'gives its failure codes in lower case, each one meaning, of the reasons that there are',
      run() {
        const codes = Object.entries(gateway.failureReasons ?? {}).flatMap(([reason, listed]) => {
          assert.ok((FAILURE_REASONS as readonly string[]).includes(reason), reason);
          return listed;
        });
        for (const code of codes) assert.match(code, /^[a-z0-9_.]+$/);
        assert.equal(new Set(codes).size, codes.length);
        for (const address of gateway.placeholderEmails ?? []) assert.equal(address, address.toLowerCase());
      },
    },
    {
      name: `acknowledges in at most ${MAX_ACKNOWLEDGEMENT_BYTES} bytes, whatever became of the message`,
      run() {
        for (const status of STATUSES) {
          const own = gateway.acknowledge?.({ status, id: '01900000-0000-7000-8000-000000000000' });
          if (!own) continue;
          assert.ok(own.status >= 200 && own.status < 300);
          assert.ok(Buffer.byteLength(own.body) <= MAX_ACKNOWLEDGEMENT_BYTES);
          if (own.status === 204) assert.equal(own.body, '');
        }
      },
    },
  ];
}
