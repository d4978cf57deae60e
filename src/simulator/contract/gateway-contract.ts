import { definitionCases } from './definition-cases.js';
import { listCases } from './list-cases.js';
import { messageCases } from './message-cases.js';
import { signatureCases } from './signature-cases.js';
import type { ContractCase, GatewaySubject } from './subject.js';

export type { ContractCase, GatewaySubject, SignatureVector } from './subject.js';

export interface ContractGroup {
  readonly name: string;
  readonly cases: readonly ContractCase[];
}

/** Everything that a gateway must keep, as cases that any test runner can run. */
export function gatewayContract(subject: GatewaySubject): readonly ContractGroup[] {
  return [
    { name: 'its declaration', cases: definitionCases(subject) },
    { name: 'its signature', cases: signatureCases(subject) },
    { name: 'its messages', cases: messageCases(subject) },
    { name: 'its lists', cases: listCases(subject) },
  ];
}

/** The two functions of a test runner: Jest, Vitest, Mocha and `node:test` have them. */
export interface TestRunner {
  readonly describe: (name: string, define: () => void) => unknown;
  readonly it: (name: string, run: () => void | Promise<void>) => unknown;
}

/** Declares the contract of one gateway to a test runner. */
export function describeGateway(subject: GatewaySubject, { describe, it }: TestRunner): void {
  describe(`the contract of the gateway ${subject.gateway.name}`, () => {
    for (const { name, cases } of gatewayContract(subject))
      describe(name, () => {
        for (const { name: promise, run } of cases) it(promise, run);
      });
  });
}
