import { DEFAULT_ACCOUNT } from '../../platform/config/configurable-gateway.js';
import type { GatewayAccount } from '../../platform/config/env.js';
import type { Gateway } from '../gateways/gateway.js';
import { MASK } from '../secrets/mask-known-secrets.js';

/** The path that the gateway must call, as the page on gateways prints it. A token in it is masked. */
export function webhookPath(
  { name, tokenInPath }: Pick<Gateway, 'name' | 'tokenInPath'>,
  { account }: Pick<GatewayAccount, 'account'>,
): string {
  const ofAccount = account === DEFAULT_ACCOUNT ? '' : `/${account}`;
  return `/webhooks/${name}${ofAccount}${tokenInPath ? `/${MASK}` : ''}`;
}
