import { type Faults, InvalidValue, type Parser } from './reading.js';
import * as readings from './readings.js';

/**
 * A variable of a feature. A wrong value stops the start with a sentence, and `default` holds where nothing is set.
 * - `words` is a comma-separated choice of the words, or `none`. With `byGateway`, `<VARIABLE>_<GATEWAY>` may replace it for
 *   one gateway; such a value is found by that name, and only where it is set.
 * - `fault` of a `text` says what is wrong with it, as the end of a sentence. In the sandbox `sandboxDefault` holds, where
 *   there is one.
 */
export type FeatureSetting =
  | { readonly kind: 'flag'; readonly default: boolean }
  | { readonly kind: 'integer'; readonly least: number; readonly most: number; readonly default: number }
  | { readonly kind: 'decimal'; readonly least: number; readonly most: number; readonly default: number }
  | { readonly kind: 'oneOf'; readonly oneOf: readonly string[]; readonly default: string }
  | {
      readonly kind: 'words';
      readonly words: readonly string[];
      readonly byGateway?: boolean;
      readonly default: readonly string[];
    }
  | {
      readonly kind: 'text';
      readonly fault: (text: string) => string | null;
      readonly default: string;
      readonly sandboxDefault?: string;
    };

/** The value of a variable as its setting declares it: a boolean, a number, a text or a list of words. */
export type FeatureValue = FeatureSetting['default'];

/** The values of the variables of all features, by the name of the variable. */
export type FeatureSettings = Readonly<Record<string, FeatureValue>>;

/** What of a feature the configuration needs to know; whatever describes features fits it by shape. */
export interface ConfigurableFeature {
  readonly name: string;
  readonly settings?: Readonly<Record<string, FeatureSetting>>;
}

/** The names of the variables of these features. */
export const featureVariables = (features: readonly ConfigurableFeature[]): readonly string[] =>
  features.flatMap(({ settings = {} }) => Object.keys(settings));

/** The name of the variable that replaces another one for a gateway. */
export const variableOfGateway = (variable: string, gateway: string): string =>
  `${variable}_${gateway.toUpperCase()}`;

/**
 * The variable of a feature that `name` replaces for a gateway, whether there is such a gateway or not. Null where `name` is
 * no such variable.
 */
export function replacedVariable(features: readonly ConfigurableFeature[], name: string): string | null {
  const own = featureVariables(features);
  if (own.includes(name)) return null;
  return own.find((variable) => isByGateway(features, variable) && name.startsWith(`${variable}_`)) ?? null;
}

const isByGateway = (features: readonly ConfigurableFeature[], variable: string): boolean =>
  features.some(({ settings = {} }) => {
    const setting = settings[variable];
    return setting?.kind === 'words' && setting.byGateway === true;
  });

/**
 * Returns the values of all variables. An invalid one is added to `faults` and replaced by its default. So is one that
 * names no gateway.
 */
export function readFeatureSettings(
  features: readonly ConfigurableFeature[],
  gateways: readonly { readonly name: string }[],
  texts: ReadonlyMap<string, string>,
  { isSandbox }: { isSandbox: boolean },
  faults: Faults,
): FeatureSettings {
  const production = texts.get('NODE_ENV') === 'production';
  const settings = features.flatMap((feature) => Object.entries(feature.settings ?? {}));
  const read = (name: string, setting: FeatureSetting): FeatureValue | null => {
    const text = texts.get(name);
    return text === undefined ? null : faults.unwrap(name, parserOf(setting)(text, { production }));
  };
  const values = settings.map(([name, setting]): [string, FeatureValue] => [
    name,
    read(name, setting) ?? defaultOf(setting, isSandbox),
  ]);
  const byName = new Map(settings);
  for (const name of texts.keys()) {
    const replaced = replacedVariable(features, name);
    const setting = replaced === null ? undefined : byName.get(replaced);
    if (replaced === null || setting === undefined) continue;
    const value = isOfGateway(name, replaced, gateways, faults) ? read(name, setting) : null;
    if (value !== null) values.push([name, value]);
  }
  return Object.freeze(Object.fromEntries(values));
}

function isOfGateway(
  name: string,
  variable: string,
  gateways: readonly { readonly name: string }[],
  faults: Faults,
): boolean {
  const names = gateways.map((gateway) => variableOfGateway(variable, gateway.name));
  if (names.includes(name)) return true;
  faults.add(name, `names no gateway: the variables are ${[variable, ...names].join(', ')}`);
  return false;
}

const defaultOf = (setting: FeatureSetting, isSandbox: boolean): FeatureValue =>
  isSandbox && setting.kind === 'text' ? (setting.sandboxDefault ?? setting.default) : setting.default;

const textParser =
  (fault: (text: string) => string | null): Parser<string> =>
  (text) => {
    const wrong = fault(text);
    return wrong === null ? text : new InvalidValue(wrong);
  };

function parserOf(setting: FeatureSetting): Parser<FeatureValue> {
  if (setting.kind === 'flag') return readings.flag;
  if (setting.kind === 'oneOf') return readings.oneOf(...setting.oneOf);
  if (setting.kind === 'words') return readings.words(setting.words);
  if (setting.kind === 'text') return textParser(setting.fault);
  return readings[setting.kind](setting.least, setting.most);
}
