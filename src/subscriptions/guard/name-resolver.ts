import { Injectable } from '@nestjs/common';
import { Resolver } from 'node:dns/promises';

const TIMEOUT_MS = 3_000;
const TRIES = 2;

/**
 * The addresses of a name, asked from the name servers of the machine. `getaddrinfo` is not used: it occupies one of
 * the four threads of the process for as long as a name server hangs, so that four dead subscribers would hold up
 * everybody. What stands in `/etc/hosts` alone is therefore not found; `localhost` is the loopback by RFC 6761.
 */
@Injectable()
export class NameResolver {
  private readonly resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });

  /** Rejects with the error of the name server where the name has no address. */
  async resolve(name: string): Promise<readonly string[]> {
    const host = name.replace(/\.$/, '').toLowerCase();
    if (host === 'localhost' || host.endsWith('.localhost')) return ['127.0.0.1', '::1'];
    const found = await Promise.allSettled([this.resolver.resolve4(host), this.resolver.resolve6(host)]);
    const addresses = found.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
    const [failed] = found.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
    if (addresses.length === 0) throw failed instanceof Error ? failed : new Error('the name has no address');
    return addresses;
  }
}
