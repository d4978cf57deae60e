import { Inject, Injectable } from '@nestjs/common';
import { isIP } from 'node:net';
import { FEATURE_SETTINGS, type FeatureSettings } from '../../feature.js';
import { refusalOfAddress, type RefusedAddress } from './address-rules.js';
import { NameResolver } from './name-resolver.js';
import { readNetworks, type Networks } from './networks.js';

/** Nothing is sent to this URL. The reason is a word of ours, and never text of the other side. */
export class TargetRefusedError extends Error {
  constructor(readonly reason: RefusedAddress | 'not_https' | 'unresolvable' | 'not_a_url') {
    super(`the URL is refused: ${reason}`);
  }
}

/**
 * Decides where may be sent to: https to public addresses, and http or https to the networks that the operator named.
 * All addresses of a name are judged, and one that is refused refuses them all. Whoever connects uses the addresses that
 * were judged, so a name that changes between two look-ups gains nothing.
 */
@Injectable()
export class AddressGuard {
  private readonly networks: Networks;

  constructor(
    @Inject(FEATURE_SETTINGS) settings: FeatureSettings,
    @Inject(NameResolver) private readonly resolver: NameResolver,
  ) {
    this.networks = readNetworks(String(settings.SUBSCRIPTION_NETWORKS ?? ''));
  }

  /**
   * The addresses of the URL's host, each of which may be connected to.
   * @throws TargetRefusedError
   */
  async addressesOf({ protocol, hostname }: URL): Promise<readonly string[]> {
    if (protocol !== 'https:' && protocol !== 'http:') throw new TargetRefusedError('not_https');
    const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
    const addresses = isIP(host) === 0 ? await this.resolve(host) : [host];
    for (const address of addresses) this.judge(address, protocol);
    return addresses;
  }

  private judge(address: string, protocol: string): void {
    if (this.networks.has(address)) return;
    const refusal = refusalOfAddress(address);
    if (refusal !== null) throw new TargetRefusedError(refusal);
    if (protocol !== 'https:') throw new TargetRefusedError('not_https');
  }

  private async resolve(host: string): Promise<readonly string[]> {
    const addresses = await this.resolver.resolve(host).catch(() => []);
    if (addresses.length === 0) throw new TargetRefusedError('unresolvable');
    return addresses;
  }
}
