import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { PROJECT } from '../project.js';

const FILE = join(PROJECT, 'docs/performance.md');
const BEGIN = '<!-- bench: written by `npm run bench` from here -->';
const END = '<!-- bench: to here -->';

const NEW = `# Performance

How fast Payhook is, and how to measure it again. The tables are written by \`npm run bench\`; everything outside of
their markers is written by people and stays.

![Answers a second, and how long an answer takes, of every program](performance.svg)

${BEGIN}
${END}

## Repeat it

\`\`\`
npm ci && npm run bench
\`\`\`

takes about an hour, on an embedded PostgreSQL that is gone afterwards, or on a server of yours with \`DATABASE_URL\`
(its role must be allowed to create databases). \`-- --quick\` takes two minutes and shows only that it works;
\`-- --only acks,latency\` runs some of the measures, \`-- --json file\` keeps every round, \`-- --write\` writes this
page although the run was not a whole one, \`-- --autocannon\` has autocannon send the load of \`acks\`,
\`-- --profile\` draws a flame graph of the service under load. Nothing else should run on the machine.

Every program is a process of its own, on an empty database of its own, and the only one under load. All get the same
prepared Stripe events of 1.5 kB, each signed within the last minutes and none sent twice, over 64 connections, from a
generator in another process. At a fixed rate an answer's time is taken from the moment its request was due.
`;

/** Puts the tables between the markers and leaves every other line as it is. */
export async function writePerformanceFile(markdown: string): Promise<void> {
  const text = await readFile(FILE, 'utf8').catch((error: { code?: string }) => {
    if (error.code !== 'ENOENT') throw error;
    return NEW;
  });
  const style = await resolveConfig(FILE);
  await writeFile(FILE, await format(between(text, markdown), { ...style, filepath: FILE }));
}

function between(text: string, markdown: string): string {
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined)
    throw new Error(`${FILE} has lost the markers of the bench`);
  return `${before}${BEGIN}\n\n${markdown}\n\n${END}${after}`;
}
