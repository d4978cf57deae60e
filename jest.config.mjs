/** Jest runs the sources as native ES modules: Nest 12 cannot be loaded as CommonJS. */
export default {
  testEnvironment: '<rootDir>/test/support/environment.mjs',
  testSequencer: '<rootDir>/test/support/longest-first.mjs',
  roots: ['<rootDir>/src', '<rootDir>/test', '<rootDir>/tools/bench'],
  testMatch: ['**/*.spec.ts', '**/*.e2e-spec.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          keepClassNames: true,
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  globalSetup: '<rootDir>/test/support/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
  // A test ends by what it waits for (`until` says what for, after 30 s) before this ends it. It costs nothing otherwise.
  testTimeout: 120_000,
  maxWorkers: 2,
  // What a test file loads (80 MB for an application) is not all given back. Above 1.5 GB a worker collects garbage most of
  // the time: a file of tables then took 27 s to load. Another worker takes its place within a second.
  workerIdleMemoryLimit: '700MB',
};
