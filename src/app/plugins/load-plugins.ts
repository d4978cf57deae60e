import { access } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ConfigurationError } from '../../platform/config/configuration.errors.js';
import { redact } from '../../platform/logging/redactor.js';
import { gateways } from '../../webhooks/gateways/index.js';
import { EXTENSION_KINDS, extensionFaults, type Extensions, mergeExtensions } from '../extensions.js';
import { resolveForPlugins } from './resolve-for-plugins.js';

/** What a plug-in file or package exports as its default. */
export type PayhookPlugin = Extensions;

/**
 * Imports the plug-ins in the order given. A name that begins with `.` or `/` is a file, relative to `folder`; any other
 * is a package that is installed beside `folder`, or beside Payhook. Importing a plug-in runs its code.
 *
 * @throws ConfigurationError with every fault of every plug-in, each named.
 */
export async function loadPlugins(
  names: readonly string[],
  folder: string = process.cwd(),
): Promise<Required<Extensions>> {
  if (names.length > 0) resolveForPlugins(folder);
  const faults: string[] = [];
  const plugins: Extensions[] = [];
  for (const name of names) {
    const plugin = await importPlugin(name, folder);
    if (typeof plugin === 'string') faults.push(`PAYHOOK_PLUGINS: ${name} ${plugin}`);
    else plugins.push(plugin);
  }
  const merged = mergeExtensions(plugins);
  const taken = gateways.map((gateway) => gateway.name);
  faults.push(...extensionFaults(merged, taken).map((fault) => `PAYHOOK_PLUGINS: ${fault}`));
  if (faults.length > 0) throw new ConfigurationError(faults);
  return merged;
}

/** The plug-in, or what is wrong with it as the end of a sentence. */
async function importPlugin(name: string, folder: string): Promise<Extensions | string> {
  const isFile = name.startsWith('.') || isAbsolute(name);
  const path = resolve(folder, name);
  if (isFile && !(await exists(path))) return 'is no file that can be read';
  try {
    const module = (await import(isFile ? pathToFileURL(path).href : name)) as { default?: unknown };
    return isPlugin(module.default) ? module.default : NO_PLUGIN;
  } catch (error) {
    // No payload is known at the start, so that the text may be shown; a secret that it quotes is not.
    return `could not be loaded: ${redact(error instanceof Error ? error.message : String(error))}`;
  }
}

const NO_PLUGIN = `must have a default export with one or more of ${EXTENSION_KINDS.join(', ')}, each a list`;

function isPlugin(value: unknown): value is Extensions {
  if (typeof value !== 'object' || value === null) return false;
  const given = Object.entries(value);
  return (
    given.length > 0 &&
    given.every(([name, list]) => EXTENSION_KINDS.some((kind) => kind === name) && Array.isArray(list))
  );
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
