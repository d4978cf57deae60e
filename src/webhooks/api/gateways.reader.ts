import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { EndpointStates } from '../activity/endpoint-states.js';
import { type AccountActivity, GatewayActivity } from '../activity/gateway-activity.js';
import { webhookPath } from '../activity/webhook-path.js';
import { GatewayRegistry } from '../gateways/gateway-registry.js';
import { readSeenTypes } from '../inbox/delivery-summary.store.js';
import { SecretUsage, type SecretUsageEntry } from '../secrets/secret-usage.js';
import type { GatewayView } from './gateways.view.js';

type SeenTypes = Awaited<ReturnType<typeof readSeenTypes>>;

/** Every configured gateway and account as operators see it. */
@Injectable()
export class GatewaysReader {
  constructor(
    private readonly db: DataSource,
    private readonly registry: GatewayRegistry,
    private readonly activity: GatewayActivity,
    private readonly uses: SecretUsage,
    private readonly endpoints: EndpointStates,
  ) {}

  async list(): Promise<GatewayView[]> {
    const accounts = await this.activity.readWithLag();
    const wanted = accounts.flatMap(({ account }) => this.subscribeTo(account.gateway));
    const [seen, secrets] = await Promise.all([
      readSeenTypes(this.db, spellingsOf(wanted)),
      this.uses.list(this.registry.allAccounts()),
    ]);
    return Promise.all(accounts.map((one) => this.toView(one, seen, secrets)));
  }

  private async toView(
    { account: owner, lastEventAt, silentSince, lagSeconds }: AccountActivity,
    seen: SeenTypes,
    secrets: readonly SecretUsageEntry[],
  ): Promise<GatewayView> {
    const { gateway, account } = owner;
    const isOwn = (one: { gateway: string; account: string }): boolean =>
      one.gateway === gateway && one.account === account;
    const subscribeTo = this.subscribeTo(gateway);
    const came = new Set(seen.filter(isOwn).map(({ type }) => withoutVersion(type)));
    const endpoint = await this.endpoints.read(owner);
    return {
      gateway,
      account,
      url: webhookPath(this.registry.gateway(gateway) ?? { name: gateway }, owner),
      subscribeTo: [...subscribeTo],
      seenTypes: subscribeTo.filter((type) => came.has(type)),
      lastEventAt: lastEventAt?.toISOString() ?? null,
      silentSince: silentSince?.toISOString() ?? null,
      lagSeconds: lagSeconds === null ? null : Math.round(lagSeconds * 1_000) / 1_000,
      secrets: secrets.filter(isOwn).map(({ position, mark, lastMatchedAt }) => ({
        position,
        mark,
        lastMatchedAt: lastMatchedAt?.toISOString() ?? null,
      })),
      endpoint: endpoint && { enabled: endpoint.enabled, missingEvents: [...endpoint.missingEvents] },
    };
  }

  private subscribeTo(gateway: string): readonly string[] {
    return this.registry.gateway(gateway)?.subscribeTo ?? [];
  }
}

/** A version in front of a type, as in `v1.payment_intent.succeeded`, names the same event. */
const withoutVersion = (type: string): string => type.replace(/^v[12]\./, '');
const spellingsOf = (types: readonly string[]): string[] => [
  ...new Set(types.flatMap((type) => [type, `v1.${type}`, `v2.${type}`])),
];
