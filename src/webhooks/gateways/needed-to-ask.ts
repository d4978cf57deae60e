import type { GatewayAccount } from '../../platform/config/env.js';
import { settingVariable } from '../../platform/config/gateway-variables.js';
import type { Gateway } from './gateway.js';

/** How the reason of a parked hint begins whose account cannot be asked as it is configured. A later start searches for it. */
export const UNAVAILABLE = 'cannot be asked: ';

/** The variables that an account lacks for its gateway's API to be asked anything; empty where nothing is missing. */
export const missingToAsk = (
  { neededToAsk = [] }: Gateway,
  { gateway, account, settings }: Pick<GatewayAccount, 'gateway' | 'account' | 'settings'>,
): readonly string[] =>
  neededToAsk.filter((name) => !settings[name]).map((name) => settingVariable(gateway, name, account));

/** Variables that are missing, as an operator reads it. */
export const notSet = (variables: readonly string[]): string =>
  `${variables.join(' and ')} ${variables.length === 1 ? 'is' : 'are'} not set`;
