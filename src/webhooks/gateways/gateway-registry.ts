import { Inject, Injectable } from '@nestjs/common';
import { ENV } from '../../platform/config/config.module.js';
import type { Env, GatewayAccount } from '../../platform/config/env.js';
import { GATEWAYS, type Gateway, type Verifier } from './index.js';
import { verifierOf } from './verifier.js';

/** Where a webhook's path leads: the gateway, the account, and the path's secret where the gateway has one. */
export interface WebhookTarget {
  gateway: Gateway;
  verifier: Verifier;
  account: GatewayAccount;
  token: string | null;
}

/** Finds gateways and accounts that are configured; everything else does not exist. */
@Injectable()
export class GatewayRegistry {
  private readonly byName: ReadonlyMap<string, Gateway>;
  private readonly verifiers: ReadonlyMap<Gateway, Verifier>;

  constructor(
    @Inject(GATEWAYS) gateways: readonly Gateway[],
    @Inject(ENV) private readonly env: Env,
  ) {
    this.byName = new Map(gateways.map((gateway) => [gateway.name, gateway]));
    this.verifiers = new Map(gateways.map((gateway) => [gateway, verifierOf(gateway)]));
  }

  gateway(name: string): Gateway | undefined {
    return this.byName.get(name);
  }

  account(gateway: string, account: string): GatewayAccount | undefined {
    return this.env.gateways.get(gateway)?.get(account);
  }

  accounts(gateway: string): readonly GatewayAccount[] {
    return [...(this.env.gateways.get(gateway)?.values() ?? [])];
  }

  /** Every account of every gateway. */
  allAccounts(): readonly GatewayAccount[] {
    return [...this.env.gateways.keys()].flatMap((gateway) => this.accounts(gateway));
  }

  /** `rest` is what follows the gateway's name in the path. */
  resolve(name: string, rest: readonly string[]): WebhookTarget | 'unknown_gateway' | 'unknown_account' {
    const gateway = this.byName.get(name);
    const verifier = gateway && this.verifiers.get(gateway);
    if (!gateway || !verifier) return 'unknown_gateway';
    const token = gateway.tokenInPath ? (rest.at(-1) ?? null) : null;
    const [accountName = 'default', ...tooMuch] = gateway.tokenInPath ? rest.slice(0, -1) : rest;
    const account = tooMuch.length === 0 ? this.account(name, accountName) : undefined;
    return account ? { gateway, verifier, account, token } : 'unknown_account';
  }
}
