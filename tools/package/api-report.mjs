import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import extractor from '@microsoft/api-extractor';
import { PROJECT } from './pack.mjs';

const { Extractor, ExtractorConfig } = extractor;
const REPORTS = join(PROJECT, 'docs', 'api');
const OFF = { default: { logLevel: 'none' } };

/**
 * Compares what each entry of `exports` declares with its report in docs/api, or writes the report.
 * @returns a sentence for each report that is no longer right.
 */
export function apiReports(folder, exports, write) {
  mkdirSync(join(folder, 'api'), { recursive: true });
  return Object.entries(exports)
    .filter(([, { types }]) => types !== undefined)
    .flatMap(([path, { types }]) => reportFault(folder, types, `${nameOf(path)}.api.md`, write));
}

/** `payhook` for the package itself, and the last part of the path for `payhook/gateway`. */
const nameOf = (path) => (path === '.' ? 'payhook' : basename(path));

function reportFault(folder, types, name, write) {
  const found = readReport(folder, types, name);
  const path = join(REPORTS, name);
  if (write) {
    mkdirSync(REPORTS, { recursive: true });
    writeFileSync(path, found);
    return [];
  }
  return textOf(path) === found
    ? []
    : [
        `docs/api/${name} is not what the package declares: run npm run check:package -- --write, and review the change`,
      ];
}

/** The declarations that the entry exports, and those that they name, in a fixed order. */
function readReport(folder, types, name) {
  const entry = join(folder, types);
  const compilerOptions = {
    target: 'es2023',
    module: 'nodenext',
    moduleResolution: 'nodenext',
    lib: ['es2023'],
    types: ['node'],
    experimentalDecorators: true,
    skipLibCheck: true,
  };
  const config = ExtractorConfig.prepare({
    configObject: {
      projectFolder: PROJECT,
      mainEntryPointFilePath: entry,
      compiler: { overrideTsconfig: { compilerOptions, include: [], files: [entry] }, skipLibCheck: true },
      apiReport: {
        enabled: true,
        includeForgottenExports: true,
        reportFolder: join(folder, 'api'),
        reportTempFolder: join(folder, 'api', 'temp'),
        reportFileName: name,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: { extractorMessageReporting: OFF, tsdocMessageReporting: OFF },
    },
    packageJsonFullPath: join(PROJECT, 'package.json'),
  });
  const silent = (message) => (message.handled = true);
  const { succeeded } = Extractor.invoke(config, { localBuild: true, messageCallback: silent });
  if (!succeeded) throw new Error(`the declarations of ${types} could not be read`);
  return textOf(join(folder, 'api', name))
    .replaceAll('    // (undocumented)\n', '')
    .replaceAll(' (undocumented)', '');
}

function textOf(path) {
  try {
    return readFileSync(path, 'utf8').replaceAll('\r\n', '\n');
  } catch (error) {
    if (error.code === 'ENOENT') return '';
    throw error;
  }
}
