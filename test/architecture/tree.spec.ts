import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { getMetadataArgsStorage } from 'typeorm';
import { AppModule } from '../../src/app.module.js';
import { entities } from '../../src/schema/entities.js';
import { migrations } from '../../src/schema/migrations/index.js';
import { PROJECT } from './planted-copy.js';

const sources = readdirSync(join(PROJECT, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => `src/${path}`)
  .sort();
const production = sources.filter((path) => !path.endsWith('.spec.ts'));
const textOf = (path: string): string => readFileSync(join(PROJECT, path), 'utf8');
const exportsOf = async (path: string): Promise<unknown[]> =>
  Object.values((await import(`../../${path.replace(/\.ts$/, '.js')}`)) as Record<string, unknown>);

const pascalCase = (name: string): string =>
  name.replace(/(^|[-.])([a-z])/g, (_, _before, letter: string) => letter.toUpperCase());

describe('the entity list', () => {
  it('holds every entity there is', async () => {
    await Promise.all(production.filter((path) => path.endsWith('.entity.ts')).map(exportsOf));
    const declared = getMetadataArgsStorage().tables.map(({ target }) => target);
    expect(new Set(entities)).toEqual(new Set(declared));
  });
});

describe('the migration list', () => {
  it('holds every migration there is, oldest first', async () => {
    const files = production
      .filter((path) => /^src\/[a-z]+\/migrations\/\d+-/.test(path))
      .toSorted((one, other) => (basename(one) < basename(other) ? -1 : 1));
    const classes = (await Promise.all(files.map(exportsOf))).flat();
    expect(migrations).toEqual(classes);
  });
});

describe.each(production.filter((path) => path.includes('/handlers/')))('%s', (path) => {
  const [, id = '', event = ''] =
    /^src\/[a-z]+\/handlers\/([a-z-]+-on-([a-z-]+))\.handler\.ts$/.exec(path) ?? [];

  it('is named for what it does and for the fact it acts on, as its class and its id are', () => {
    expect(basename(path)).toBe(`${id}.handler.ts`);
    // A handler of several facts is named for the first.
    expect(textOf(path)).toMatch(
      new RegExp(
        `@OnDomainEvent\\((?:${pascalCase(event)}|\\[${pascalCase(event)}(?:, \\w+)+\\]), '${id}'\\)\\n`,
      ),
    );
    expect(textOf(path)).toContain(`export class ${pascalCase(id)}Handler `);
  });

  it('is provided by a module of the application', async () => {
    const modules = (Reflect.getMetadata('imports', AppModule) as unknown[]).filter(
      (it) => typeof it === 'function',
    );
    const provided = modules.flatMap((it) => (Reflect.getMetadata('providers', it) ?? []) as unknown[]);
    expect(provided).toEqual(expect.arrayContaining(await exportsOf(path)));
  });
});

describe('the files', () => {
  it('of production fit a few screens', () => {
    const long = production.filter((path) => textOf(path).split('\n').length > 260);
    expect(long).toEqual([]);
  });

  it('lie in no folder that could hold anything', () => {
    expect(sources.filter((path) => /\/(common|utils?|shared|helpers|misc)\//.test(path))).toEqual([]);
  });

  it('are sources alone: the build writes into dist', () => {
    const all = ['src', 'test'].flatMap((folder) =>
      readdirSync(join(PROJECT, folder), { recursive: true, encoding: 'utf8' }),
    );
    expect(all.filter((path) => /\.(js|js\.map|d\.ts)$/.test(path))).toEqual([]);
  });
});
