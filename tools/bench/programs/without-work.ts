import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Loaded into a service before it starts (`--import`): its loops never begin, so that it stores what it is sent and
 * works on nothing of it. The query of this module's URL names the folder of the service's `main.js`. It does so for
 * any version of the service, whatever its tables look like.
 */
const folder = new URL(import.meta.url).searchParams.get('service') as string;
const loops = (await import(pathToFileURL(join(folder, 'platform/jobs/polling-loop.js')).href)) as {
  PollingLoop: { prototype: { start: () => void } };
};
loops.PollingLoop.prototype.start = () => undefined;
