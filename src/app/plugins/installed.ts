import { readPluginNames } from '../../platform/config/load-env.js';
import { type Gateway, gateways } from '../../webhooks/gateways/index.js';
import type { PayhookFeature } from '../../platform/features/index.js';
import type { Extensions } from '../extensions.js';
import { features } from '../features.js';
import { loadPlugins } from './load-plugins.js';

/** What this process consists of: what ships, and what `PAYHOOK_PLUGINS` names. */
export interface Installed {
  readonly extensions: Required<Extensions>;
  /** Those that ship, then those of the plug-ins. */
  readonly gateways: readonly Gateway[];
  /** Those that ship, then those of the plug-ins. */
  readonly features: readonly PayhookFeature[];
}

/** @throws ConfigurationError where a plug-in cannot be used. A second call imports nothing again. */
export async function loadInstalled(): Promise<Installed> {
  const extensions = await loadPlugins(await readPluginNames());
  return {
    extensions,
    gateways: [...gateways, ...extensions.gateways],
    features: [...features, ...extensions.features],
  };
}
