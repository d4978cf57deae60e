import { hkdfSync, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, link, mkdir, open, rename, rm, stat, writeFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { type ConfigurableGateway } from './configurable-gateway.js';
import { ConfigurationError } from './configuration.errors.js';
import { type SandboxSecrets } from './read-env.js';
import { systemErrorCode } from './system-error.js';
import { resolveTrustedFolder } from './trusted-folder.js';

/** The content of the file. A missing secret is derived from the seed. */
interface SandboxFile {
  readonly seed: string;
  readonly apiKey: string;
  readonly secrets: Readonly<Record<string, string>>;
}

const FILE = 'sandbox.json';

/**
 * Returns the secrets of the sandbox. They are created once and kept in `<dataDir>/sandbox.json`, readable by its owner
 * only. A gateway that is missing in the file is added. Two processes may call this at once: the first one that creates
 * the file decides, and later secrets are derived from its seed, so both processes derive the same.
 *
 * @throws ConfigurationError when the folder cannot be written, or the folder or the file may be somebody else's.
 */
export async function openSandbox(
  dataDir: string,
  gateways: readonly ConfigurableGateway[],
): Promise<SandboxSecrets> {
  const path = join(dataDir, FILE);
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o755 });
    await resolveTrustedFolder(dataDir);
    const kept = (await readSandboxFile(path)) ?? (await createSandboxFile(path, gateways));
    await ensurePrivate(path);
    const whole = addMissingSecrets(kept, gateways);
    if (Object.keys(whole.secrets).length > Object.keys(kept.secrets).length) await replaceFile(path, whole);
    return { secrets: new Map(Object.entries(whole.secrets)), apiKey: whole.apiKey };
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === null) throw error;
    throw new ConfigurationError([`DATA_DIR must be a folder that can be written (${code} at ${path})`], {
      cause: error,
    });
  }
}

/** Null where the file does not exist. */
async function readSandboxFile(path: string): Promise<SandboxFile | null> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return null;
    if (systemErrorCode(error) === 'ELOOP') return refuseFile(path, 'it is a link');
    throw error;
  });
  if (file === null) return null;
  const text = await readOwnFile(file, path).finally(() => file.close());
  const found = parseSandboxFile(text);
  if (found === null) {
    throw new ConfigurationError([`${path} must be as it was written: delete it and new secrets are made`]);
  }
  return found;
}

/** Refuses a file that another user wrote or can write: that user would know the secrets. */
async function readOwnFile(file: FileHandle, path: string): Promise<string> {
  const { uid, mode } = await file.stat();
  if (uid !== (process.getuid?.() ?? uid)) refuseFile(path, `it belongs to another user (${uid})`);
  if ((mode & 0o022) !== 0) refuseFile(path, 'other users can write to it');
  return file.readFile('utf8');
}

function refuseFile(path: string, why: string): never {
  throw new ConfigurationError([
    `${path} must be the service's own: ${why}; delete it and new secrets are made`,
  ]);
}

/** `link` fails if the file exists, so the file is always complete and never replaces the one of another process. */
async function createSandboxFile(
  path: string,
  gateways: readonly ConfigurableGateway[],
): Promise<SandboxFile> {
  const seed = randomBytes(32).toString('base64');
  const apiKey = `sandbox_${randomBytes(32).toString('base64url')}`;
  const fresh = addMissingSecrets({ seed, apiKey, secrets: {} }, gateways);
  const draft = await writeDraft(path, fresh);
  try {
    await link(draft, path);
    return fresh;
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error;
    return (await readSandboxFile(path)) ?? fresh;
  } finally {
    await rm(draft, { force: true });
  }
}

async function replaceFile(path: string, file: SandboxFile): Promise<void> {
  await rename(await writeDraft(path, file), path);
}

async function writeDraft(path: string, file: SandboxFile): Promise<string> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600, flag: 'wx', flush: true });
  return draft;
}

async function ensurePrivate(path: string): Promise<void> {
  const { mode } = await stat(path);
  if ((mode & 0o077) !== 0) await chmod(path, 0o600);
}

function addMissingSecrets(file: SandboxFile, gateways: readonly ConfigurableGateway[]): SandboxFile {
  const secrets = { ...file.secrets };
  for (const gateway of gateways) secrets[gateway.name] ??= deriveSecret(file.seed, gateway);
  return { ...file, secrets };
}

function deriveSecret(seed: string, gateway: ConfigurableGateway): string {
  const purpose = `webhook secret of ${gateway.name}`;
  const random = Buffer.from(hkdfSync('sha256', Buffer.from(seed, 'base64'), '', purpose, 32));
  return gateway.makeSecret?.(random) ?? random.toString('base64url');
}

function parseSandboxFile(text: string): SandboxFile | null {
  try {
    const file = JSON.parse(text) as Partial<SandboxFile> | null;
    const { seed, apiKey, secrets } = file ?? {};
    const whole =
      typeof seed === 'string' && Buffer.from(seed, 'base64').length === 32 && isNonEmptyString(apiKey);
    const listed =
      typeof secrets === 'object' && secrets !== null && Object.values(secrets).every(isNonEmptyString);
    return whole && listed ? { seed, apiKey, secrets } : null;
  } catch (error) {
    // The error is not passed on as a cause: its message quotes the file, which is secret.
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

const isNonEmptyString = (value: unknown): value is string => typeof value === 'string' && value !== '';
