import type { Faults, Parser } from './reading.js';
import * as readings from './readings.js';

/** A variable of a feature. A wrong value stops the start with a sentence, and `default` holds where nothing is set. */
export type FeatureSetting =
  | { readonly kind: 'flag'; readonly default: boolean }
  | { readonly kind: 'integer'; readonly least: number; readonly most: number; readonly default: number }
  | { readonly kind: 'oneOf'; readonly oneOf: readonly string[]; readonly default: string };

/** The value of a variable as its setting declares it: a boolean, a number or a text. */
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

/** Returns the values of all variables. An invalid one is added to `faults` and replaced by its default. */
export function readFeatureSettings(
  features: readonly ConfigurableFeature[],
  texts: ReadonlyMap<string, string>,
  faults: Faults,
): FeatureSettings {
  const production = texts.get('NODE_ENV') === 'production';
  const settings = features.flatMap((feature) => Object.entries(feature.settings ?? {}));
  const read = ([name, setting]: [string, FeatureSetting]): [string, FeatureValue] => {
    const text = texts.get(name);
    const value = text === undefined ? null : faults.unwrap(name, parserOf(setting)(text, { production }));
    return [name, value ?? setting.default];
  };
  return Object.freeze(Object.fromEntries(settings.map(read)));
}

function parserOf(setting: FeatureSetting): Parser<FeatureValue> {
  if (setting.kind === 'flag') return readings.flag;
  if (setting.kind === 'oneOf') return readings.oneOf(...setting.oneOf);
  return readings.integer(setting.least, setting.most);
}
