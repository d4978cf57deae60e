import { Injectable } from '@nestjs/common';
import type { GatewayAccount } from '../../platform/config/env.js';
import { GatewayRegistry } from '../gateways/gateway-registry.js';
import type { Gateway } from '../gateways/gateway.js';
import { missingToAsk, notSet } from '../gateways/needed-to-ask.js';
import { phasesOf, type Phase } from './position.js';

/** An account whose gateway can be asked for its objects. */
export interface ReconciliationTarget {
  readonly gateway: Gateway;
  readonly account: GatewayAccount;
  readonly phases: readonly Phase[];
}

/** Why an account cannot be reconciled. `reason` is a sentence for an operator. */
export interface NoTarget {
  readonly kind: 'unknown_gateway' | 'unknown_account' | 'no_lists' | 'not_configured';
  readonly reason: string;
}

/** Finds the accounts that can be reconciled. */
@Injectable()
export class ReconciliationTargets {
  constructor(private readonly registry: GatewayRegistry) {}

  find(gatewayName: string, accountName: string): ReconciliationTarget | NoTarget {
    const gateway = this.registry.gateway(gatewayName);
    if (!gateway) return { kind: 'unknown_gateway', reason: 'there is no such gateway' };
    const account = this.registry.account(gatewayName, accountName);
    if (!account) return { kind: 'unknown_account', reason: 'the account is not configured' };
    const phases = phasesOf(gateway);
    if (phases.length === 0)
      return { kind: 'no_lists', reason: `${gatewayName} has no API that lists payments` };
    const missing = missingToAsk(gateway, account);
    if (missing.length > 0) return { kind: 'not_configured', reason: notSet(missing) };
    return { gateway, account, phases };
  }

  all(): readonly ReconciliationTarget[] {
    return this.registry
      .allAccounts()
      .map(({ gateway, account }) => this.find(gateway, account))
      .filter((found) => 'phases' in found);
  }
}
