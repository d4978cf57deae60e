import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { parse } from 'dotenv';
import { CONFIGURABLE_GATEWAYS, ConfigModule, ENV } from '../../src/platform/config/config.module.js';
import { type ConfigurableGateway } from '../../src/platform/config/configurable-gateway.js';
import { ConfigurationError } from '../../src/platform/config/configuration.errors.js';
import { type Env } from '../../src/platform/config/env.js';
import { loadEnv } from '../../src/platform/config/load-env.js';
import { features } from '../../src/app/features.js';
import { listVariables, readEnv } from '../../src/platform/config/read-env.js';
import { openSandbox } from '../../src/platform/config/sandbox.js';
import { gateways } from '../../src/webhooks/gateways/index.js';

const GATEWAYS: readonly ConfigurableGateway[] = [
  {
    name: 'stripe',
    makeSecret: (random) => `whsec_${random.toString('hex')}`,
    settings: { SECRET_KEY: { kind: 'text', secret: true }, API_URL: { kind: 'url' } },
    sharesPrefix: true,
  },
  { name: 'razorpay' },
  { name: 'standard', makeSecret: (random) => `whsec_${random.toString('base64')}` },
  {
    name: 'ippopay',
    tokenInPath: true,
    settings: {
      PUBLIC_KEY: { kind: 'text' },
      SECRET_KEY: { kind: 'text', secret: true },
      API_URL: { kind: 'url' },
    },
  },
];

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'payhook-configuration-'));
});
afterEach(() => rm(folder, { recursive: true }));

const file = (dataDir: string) => join(dataDir, 'sandbox.json');

describe('the sandbox file', () => {
  it('is made once, whole and for its owner alone', async () => {
    const dataDir = join(folder, 'not', 'there', 'yet');
    const first = await openSandbox(dataDir, GATEWAYS);
    expect(first.secrets.get('stripe')).toMatch(/^whsec_[0-9a-f]{64}$/);
    expect(first.secrets.get('ippopay')).toMatch(/^[\w-]{43}$/);
    expect(Buffer.from(first.secrets.get('standard')?.slice(6) ?? '', 'base64')).toHaveLength(32);
    expect(new Set([...first.secrets.values(), first.apiKey]).size).toBe(5);
    expect((await stat(file(dataDir))).mode & 0o777).toBe(0o600);
    expect(await openSandbox(dataDir, GATEWAYS)).toEqual(first);
    expect(await readdir(dataDir)).toEqual(['sandbox.json']);
  });

  it('differs from one folder to the next', async () => {
    const [one, other] = [
      await openSandbox(join(folder, 'a'), GATEWAYS),
      await openSandbox(join(folder, 'b'), GATEWAYS),
    ];
    expect(one.apiKey).not.toBe(other.apiKey);
    expect(one.secrets.get('stripe')).not.toBe(other.secrets.get('stripe'));
  });

  it('is the same for all who open it at once, also when they add a gateway', async () => {
    const open = (gateways: readonly ConfigurableGateway[]) =>
      Promise.all(Array.from({ length: 12 }, () => openSandbox(folder, gateways)));
    const made = await open(GATEWAYS.slice(0, 2));
    expect(new Set(made.map(({ apiKey, secrets }) => [apiKey, ...secrets.values()].join())).size).toBe(1);
    const added = await open(GATEWAYS);
    expect(new Set(added.map(({ apiKey, secrets }) => [apiKey, ...secrets.values()].join())).size).toBe(1);
    expect([...(added[0]?.secrets ?? [])].slice(0, 2)).toEqual([...(made[0]?.secrets ?? [])]);
    expect(JSON.parse(await readFile(file(folder), 'utf8'))).toMatchObject({
      secrets: Object.fromEntries(added[0]?.secrets ?? []),
    });
    expect(await readdir(folder)).toEqual(['sandbox.json']);
  });

  it('is closed to others again', async () => {
    await openSandbox(folder, GATEWAYS);
    await chmod(file(folder), 0o644);
    await openSandbox(folder, GATEWAYS);
    expect((await stat(file(folder))).mode & 0o777).toBe(0o600);
  });

  it.each(['', '{"seed":"CANARY', '[]', 'null', '{"seed":"CANARY","apiKey":"x","secrets":{}}'])(
    'stops the start when it was spoilt: %s',
    async (text) => {
      await writeFile(file(folder), text);
      const fault = await openSandbox(folder, GATEWAYS).catch((error: unknown) => error);
      expect(fault).toBeInstanceOf(ConfigurationError);
      expect(String(fault)).toContain('delete it and new secrets are made');
      expect(String(fault)).not.toContain('CANARY');
    },
  );

  it('needs a folder', async () => {
    await writeFile(join(folder, 'taken'), '');
    const fault = openSandbox(join(folder, 'taken'), GATEWAYS);
    await expect(fault).rejects.toThrow(/DATA_DIR must be a folder that can be written \((EEXIST|ENOTDIR)/);
  });
});

describe('loading', () => {
  it('reads .env of the folder, and opens the sandbox where it says', async () => {
    const dataDir = join(folder, 'data');
    await writeFile(join(folder, '.env'), `PORT=4000\nDATA_DIR="${dataDir}"\n`);
    const env = await loadEnv(GATEWAYS, { HOST: '0.0.0.0' }, folder);
    expect(env).toMatchObject({ sandbox: true, port: 4000, host: '0.0.0.0', dataDir });
    expect([...env.gateways.keys()]).toEqual(['stripe', 'razorpay', 'standard', 'ippopay']);
    expect(env.apiKeys).toHaveLength(1);
    expect(await loadEnv(GATEWAYS, {}, folder)).toMatchObject({
      apiKeys: env.apiKeys,
      gateways: env.gateways,
    });
  });

  it('makes nothing while something is wrong, nor outside the sandbox', async () => {
    const dataDir = join(folder, 'data');
    await expect(loadEnv(GATEWAYS, { DATA_DIR: dataDir, PORT: 'x' }, folder)).rejects.toThrow(
      ConfigurationError,
    );
    await loadEnv(GATEWAYS, { DATA_DIR: dataDir, WEBHOOK_SECRETS_RAZORPAY: 'x' }, folder);
    expect(await readdir(folder)).toEqual([]);
  });

  it('refuses a .env that it cannot read', async () => {
    await expect(loadEnv(GATEWAYS, { DATA_DIR: folder }, '/dev/null')).rejects.toThrow('.env must be a file');
  });
});

describe('.env.example', () => {
  const commented = () => readFile(join(process.cwd(), '.env.example'), 'utf8');
  const uncommented = async () => parse((await commented()).replace(/^#(?=[A-Z_]+=)/gm, ''));

  it('names every variable, once, all commented out', async () => {
    const names = [...(await commented()).matchAll(/^#([A-Z_]+)=/gm)].map(([, name]) => name);
    expect(names.toSorted()).toEqual(listVariables(gateways, features).toSorted());
    expect(parse(await commented())).toEqual({});
  });

  it('holds as it is shipped, and never in production', async () => {
    const envFile = await uncommented();
    expect(readEnv({ environment: {}, envFile }, gateways, features)).toMatchObject({
      production: false,
      sandbox: false,
    });
    const production = () =>
      readEnv({ environment: { NODE_ENV: 'production' }, envFile }, gateways, features);
    const secret = Object.keys(envFile).filter((name) => /^(?!ALLOW_).*(SECRET|KEYS|DATABASE)/.test(name));
    for (const name of secret) expect(production).toThrow(`${name} still holds the value of .env.example`);
  });
});

describe('the module', () => {
  @Module({
    providers: [{ provide: CONFIGURABLE_GATEWAYS, useValue: GATEWAYS }],
    exports: [CONFIGURABLE_GATEWAYS],
  })
  class GatewaysOfTheTest {}

  it('gives its environment to everybody, or the one put in its place', async () => {
    const placed = readEnv({ environment: { PORT: '0' } }, GATEWAYS);
    const module = await Test.createTestingModule({
      imports: [ConfigModule.forRoot({ imports: [GatewaysOfTheTest] })],
    })
      .overrideProvider(ENV)
      .useValue(placed)
      .compile();
    expect(module.get<Env>(ENV, { strict: false })).toBe(placed);
    await module.close();
  });

  it('reads the process when the application is made', async () => {
    const before = { DATA_DIR: process.env.DATA_DIR, PORT: process.env.PORT };
    Object.assign(process.env, { DATA_DIR: folder, PORT: '4321' });
    try {
      const module = await Test.createTestingModule({
        imports: [ConfigModule.forRoot({ imports: [GatewaysOfTheTest] })],
      }).compile();
      expect(module.get<Env>(ENV, { strict: false })).toMatchObject({ port: 4321, dataDir: folder });
      await module.close();
    } finally {
      for (const [name, text] of Object.entries(before)) {
        if (text === undefined) delete process.env[name];
        else process.env[name] = text;
      }
    }
  });
});
