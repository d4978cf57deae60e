import { type ConfigurableGateway, DEFAULT_ACCOUNT } from './configurable-gateway.js';
import { type Faults, InvalidValue } from './reading.js';

/** The unparsed variables of one account. */
export interface RawAccount {
  secrets?: RawVariable;
  mode?: RawVariable;
  readonly settings: Map<string, RawVariable>;
}

export interface RawVariable {
  readonly variable: string;
  readonly text: string;
}

/** The account and the part of it that a variable's name refers to. */
interface VariableTarget {
  readonly gateway: string;
  readonly account: string;
  /** `secrets`, `mode`, or the name of a setting in upper case. */
  readonly part: string;
}

const SECRETS = 'WEBHOOK_SECRETS_';
const MODE = 'WEBHOOK_MODE_';
const ACCOUNT = /^[a-z0-9_]{1,40}$/;
const MALFORMED_ACCOUNT = new InvalidValue(
  'must name an account of 1 to 40 letters, digits or _ after the two underscores',
);

/** The variable of an account's setting. */
export const settingVariable = (gateway: string, setting: string, account: string): string =>
  `${gateway.toUpperCase()}_${setting}${account === DEFAULT_ACCOUNT ? '' : `__${account.toUpperCase()}`}`;

/** Variable names of a gateway's default account. Those of another account have the suffix `__<ACCOUNT>`. */
export function gatewayVariableNames({ name, settings = {} }: ConfigurableGateway): readonly string[] {
  const word = name.toUpperCase();
  return [
    `${SECRETS}${word}`,
    `${MODE}${word}`,
    ...Object.keys(settings).map((setting) => `${word}_${setting}`),
  ];
}

/** Null for a name that is no gateway's business; {@link InvalidValue} for one that looks like it and names nothing. */
export function targetOfVariable(
  name: string,
  gateways: readonly ConfigurableGateway[],
): VariableTarget | InvalidValue | null {
  const [stem = '', ...suffix] = name.split('__');
  const account = suffix.length === 0 ? DEFAULT_ACCOUNT : suffix.join('__').toLowerCase();
  const place = targetOfStem(stem, account, gateways);
  return place === null || place instanceof InvalidValue || ACCOUNT.test(account) ? place : MALFORMED_ACCOUNT;
}

function targetOfStem(stem: string, account: string, gateways: readonly ConfigurableGateway[]) {
  for (const gateway of gateways) {
    const word = gateway.name.toUpperCase();
    if (stem === SECRETS + word) return { gateway: gateway.name, account, part: 'secrets' };
    if (stem === MODE + word) return { gateway: gateway.name, account, part: 'mode' };
    const setting = Object.keys(gateway.settings ?? {}).find((each) => stem === `${word}_${each}`);
    if (setting !== undefined) return { gateway: gateway.name, account, part: setting };
  }
  if (stem.startsWith('WEBHOOK_')) {
    const words = gateways.map((gateway) => gateway.name.toUpperCase()).join(', ');
    return new InvalidValue(
      `names no gateway: ${SECRETS} and ${MODE} go before ${words}, two underscores before an account`,
    );
  }
  const owner = gateways.find(
    ({ name, settings, sharesPrefix = false }) =>
      settings !== undefined && !sharesPrefix && stem.startsWith(`${name.toUpperCase()}_`),
  );
  if (owner === undefined) return null;
  const settings = gatewayVariableNames(owner).slice(2);
  return new InvalidValue(`names no setting of ${owner.name}: those are ${settings.join(', ')}`);
}

/** Groups the variables by gateway and account. Two variables for the same part of an account are a fault. */
export function groupByAccount(
  texts: ReadonlyMap<string, string>,
  gateways: readonly ConfigurableGateway[],
  faults: Faults,
): ReadonlyMap<string, ReadonlyMap<string, RawAccount>> {
  const gathered = new Map(gateways.map(({ name }) => [name, new Map<string, RawAccount>()]));
  for (const [variable, text] of texts) {
    const place = faults.unwrap(variable, targetOfVariable(variable, gateways));
    if (place === null) continue;
    const accounts = gathered.get(place.gateway);
    const account = accounts?.get(place.account) ?? { settings: new Map<string, RawVariable>() };
    accounts?.set(place.account, account);
    const earlier = setPart(account, place.part, { variable, text });
    if (earlier)
      faults.add(variable, `must not be set beside ${earlier.variable}: they name the same account`);
  }
  return gathered;
}

/** Returns the previous variable for this part, if any. */
function setPart(account: RawAccount, part: string, said: RawVariable): RawVariable | undefined {
  if (part !== 'secrets' && part !== 'mode') {
    const earlier = account.settings.get(part);
    account.settings.set(part, said);
    return earlier;
  }
  const earlier = account[part];
  account[part] = said;
  return earlier;
}
