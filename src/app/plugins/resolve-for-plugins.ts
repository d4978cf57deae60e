import module from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

interface Context {
  parentURL?: string;
}
type Next = (specifier: string, context?: Context) => { url: string };

/** Of Node 22.15 and later; the types of Node 20 do not have it. */
const { registerHooks } = module as {
  registerHooks?: (hooks: { resolve: (specifier: string, context: Context, next: Next) => unknown }) => void;
};

/** Payhook, and the packages that keep what they are told in a table of their own copy: two copies would be two tables. */
const SHARED =
  /^(?:payhook|class-transformer|class-validator|reflect-metadata|typeorm|@nestjs\/(?:common|core|typeorm))(?:\/|$)/;
const PACKAGE = /^(?:@[\w.-]+\/)?\w[\w.-]*(?:\/.*)?$/;

const isNotFound = (error: unknown): boolean =>
  (error as { code?: unknown } | null)?.code === 'ERR_MODULE_NOT_FOUND';

let isInstalled = false;

/**
 * A plug-in may lie anywhere: its folder need not have `node_modules`. From this call on, in the whole process,
 * - `payhook`, `payhook/…` and the packages whose decorators Payhook reads lead to the copies of the Payhook that runs,
 *   also where the plug-in's folder has copies of its own;
 * - any other package that is not found from where it is imported is looked for from `folder`, then beside Payhook.
 * What was found before is found as before.
 */
export function resolveForPlugins(folder: string): void {
  if (isInstalled) return;
  isInstalled = true;
  const own = import.meta.url;
  const beside = pathToFileURL(join(folder, 'package.json')).href;
  if (registerHooks === undefined) return module.register(hooksInAnotherThread(own, beside));
  registerHooks({
    resolve(specifier, context, next) {
      if (SHARED.test(specifier)) return next(specifier, { ...context, parentURL: own });
      for (const parentURL of [context.parentURL, beside]) {
        try {
          return next(specifier, { ...context, parentURL });
        } catch (error) {
          if (!isNotFound(error) || !PACKAGE.test(specifier)) throw error;
        }
      }
      return next(specifier, { ...context, parentURL: own });
    },
  });
}

/** The same for Node 20, where hooks run in a thread of their own and are given as a module. */
const hooksInAnotherThread = (own: string, beside: string): string =>
  `data:text/javascript,${encodeURIComponent(`
    export async function resolve(specifier, context, next) {
      if (${String(SHARED)}.test(specifier)) return next(specifier, { ...context, parentURL: ${JSON.stringify(own)} });
      for (const parentURL of [context.parentURL, ${JSON.stringify(beside)}]) {
        try {
          return await next(specifier, { ...context, parentURL });
        } catch (error) {
          if (error.code !== 'ERR_MODULE_NOT_FOUND' || !${String(PACKAGE)}.test(specifier)) throw error;
        }
      }
      return next(specifier, { ...context, parentURL: ${JSON.stringify(own)} });
    }`)}`;
