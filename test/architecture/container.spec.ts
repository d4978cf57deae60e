import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { features } from '../../src/app/features.js';
import { listVariables } from '../../src/platform/config/read-env.js';
import { gateways } from '../../src/webhooks/gateways/index.js';
import { PROJECT } from './planted-copy.js';

const linesOf = (name: string): string[] =>
  readFileSync(join(PROJECT, name), 'utf8')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.trim().startsWith('#'));

describe('the image', () => {
  const all = linesOf('Dockerfile');
  /** What ships: everything before is thrown away. */
  const shipped = all.slice(all.findLastIndex((line) => line.startsWith('FROM ')));
  const the = (instruction: string): string[] => shipped.filter((line) => line.startsWith(`${instruction} `));

  it('runs as an ordinary user, after the last thing that root has to do', () => {
    expect(the('USER')).toEqual(['USER node']);
    const afterUser = shipped.slice(shipped.indexOf('USER node') + 1).map((line) => line.split(' ')[0]);
    expect(afterUser).toEqual(['EXPOSE', 'HEALTHCHECK', 'CMD']);
  });

  it('gives that user nothing to write to: what is copied stays root’s', () => {
    expect(shipped.filter((line) => /--chown|--chmod|chown |chmod /.test(line))).toEqual([]);
  });

  it('is set for production, and can be reached', () => {
    expect(the('ENV')).toEqual(['ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000']);
  });

  it('holds exactly the locked packages, and none that only development needs', () => {
    const installs = all.filter((line) => line.includes('npm '));
    expect(installs.every((line) => /npm (ci --|run build)/.test(line))).toBe(true);
    const [from] = the('COPY --from=dependencies');
    expect(from).toBeDefined();
    const stage = all.slice(all.findIndex((line) => line.endsWith(' AS dependencies')));
    expect(stage.find((line) => line.includes('npm ci'))).toContain('--omit=dev');
  });

  it('hears the signal to stop, and tells whether it is ready without a tool of its own', () => {
    // As `npm start` does.
    const { scripts } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as {
      scripts: { start: string };
    };
    // In the image no shell stands between: there is nothing to replace.
    const start = scripts.start.replace(/^exec /, '').split(' ');
    expect(the('CMD')).toEqual([`CMD ${JSON.stringify(start).replaceAll(',', ', ')}`]);
    expect(the('HEALTHCHECK')).toHaveLength(1);
    expect(the('HEALTHCHECK')[0]).toMatch(/CMD \["node", "-e", ".*\/health\/ready.*"\]$/);
    expect(the('HEALTHCHECK')[0]).not.toMatch(/curl|wget/);
  });

  it('is built from a Node that the project runs on, and from no moving tag', () => {
    expect(all[0]).toMatch(/^ARG NODE_VERSION=(2[246])$/);
    expect(all.filter((line) => line.startsWith('FROM '))).toEqual(
      expect.arrayContaining([expect.stringMatching(/^FROM node:\$\{NODE_VERSION\}-slim/)]),
    );
  });

  it('is built from sources alone: nothing else gets into the context', () => {
    expect(linesOf('.dockerignore')).toEqual([
      '*',
      '!package.json',
      '!package-lock.json',
      '!nest-cli.json',
      '!tsconfig.json',
      '!tsconfig.build.json',
      '!src',
      '**/*.spec.ts',
    ]);
  });
});

describe('the composition', () => {
  const services = blocksOf(linesOf('compose.yaml'));
  const service = services.get('payhook') ?? [];

  it('is the service, its database and a mail catcher', () => {
    expect([...services.keys()]).toEqual(['payhook', 'postgres', 'mail']);
  });

  it.each([
    'read_only: true',
    'tmpfs: [/tmp]',
    'cap_drop: [ALL]',
    `security_opt: ['no-new-privileges:true']`,
    'init: true',
    'restart: unless-stopped',
    'stop_grace_period: 30s',
  ])('takes from the service what it does not need, and ends it in peace: %s', (line) => {
    expect(service).toContain(line);
  });

  it('gives it no folder to write to: what it keeps is in the database', () => {
    expect(service.filter((line) => line.startsWith('volumes:'))).toEqual([]);
  });

  it('starts it when the database answers', () => {
    expect(service).toContain('postgres: { condition: service_healthy }');
    expect(services.get('postgres')).toContainEqual(expect.stringMatching(/^test: \['CMD', 'pg_isready'/));
  });

  it('opens ports to this machine alone', () => {
    const ports = [...services.values()].flat().filter((line) => line.startsWith('ports:'));
    expect(ports).toEqual([`ports: ['127.0.0.1:3000:3000']`, `ports: ['127.0.0.1:8025:8025']`]);
  });

  it('passes every variable on that the service reads, but for those that mean nothing in a container', () => {
    const passed = service.map((line) => /^([A-Z_]+): /.exec(line)?.[1]).filter((name) => name !== undefined);
    const meaningless = ['DATA_DIR', 'ALLOW_EMBEDDED'];
    expect([...passed, ...meaningless].toSorted()).toEqual(listVariables(gateways, features).toSorted());
    expect(service).toContain('env_file: [{ path: .env, required: false }]');
  });

  it('passes each on under its own name', () => {
    const given = service.flatMap((line) => /^([A-Z_]+): (?:\$\{([A-Z_]+))?/.exec(line)?.slice(1, 3) ?? []);
    const own = ['NODE_ENV', 'HOST', 'PORT', 'DATABASE_URL'];
    for (let at = 0; at < given.length; at += 2)
      if (!own.includes(given[at] ?? '')) expect(given[at + 1]).toBe(given[at]);
  });

  it('is built from a folder whose .env it may read, and hands none of it to the image', () => {
    expect(linesOf('.dockerignore')).not.toContain('!.env');
  });

  it('has no secret of its own, and does not start without those it needs', () => {
    const secret = service.filter((line) => /^[A-Z_]*(KEY|KEYS|PASSWORD|SECRET|SECRETS)[A-Z_]*:/.test(line));
    expect(secret.length).toBeGreaterThan(0);
    for (const line of secret) expect(line).toMatch(/: \$\{[A-Z_]+:(-|\?.+)\}$/);
    for (const name of ['API_KEYS', 'POSTGRES_PASSWORD'])
      expect(service.join('\n')).toMatch(new RegExp(`\\$\\{${name}:\\?`));
  });

  it('names every image with a version', () => {
    const images = [...services.values()].flat().filter((line) => line.startsWith('image:'));
    expect(images.length).toBeGreaterThan(0);
    for (const line of images) expect(line).toMatch(/:v?\d+(\.\d+)*$/);
  });
});

/** The services by name, each with its lines, trimmed. Enough of YAML for a file of ours that is written like this. */
function blocksOf(lines: readonly string[]): Map<string, string[]> {
  const blocks = new Map<string, string[]>();
  let current: string[] | null = null;
  let inServices = false;
  for (const line of lines) {
    const depth = line.length - line.trimStart().length;
    if (depth === 0) inServices = line === 'services:';
    else if (inServices && depth === 2) blocks.set(line.trim().replace(/:$/, ''), (current = []));
    else if (inServices) current?.push(line.trim());
  }
  return blocks;
}
