import tseslint from 'typescript-eslint';

const PROCESS_ENV = {
  object: 'process',
  property: 'env',
  message:
    'Only src/platform/config reads the environment: typed, and with every fault told at once. Inject Env.',
};

/** The other ways to the same object. */
const PROCESS = ['node:process', 'process'].map((name) => ({
  name,
  message: 'Use the global `process`, of which the use is watched.',
}));

/** A default or namespace import would reach the same function by another name. */
const HMAC = ['node:crypto', 'crypto'].map((name) => ({
  name,
  importNames: ['createHmac', 'default'],
  message: 'Signatures are made and compared in src/webhooks/gateways/signature.ts alone, in constant time.',
}));

const restrictedImports = (...paths) => ({ 'no-restricted-imports': ['error', { paths }] });

/** The name of the entry that leaves the bench out: it needs packages of its own (`npm run check:bench`). */
export const BENCH = 'payhook/bench';

export default tseslint.config(
  { name: BENCH, ignores: ['tools/bench/**'] },
  {
    ignores: [
      '**/dist/**',
      'dist-tools/**',
      'data/**',
      'node_modules/**',
      'coverage/**',
      'dist-package/**',
      'examples/**',
    ],
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // Silent in files with decorators, where a type import would take from Nest the class it injects by.
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/require-await': 'off',
      'no-console': 'error',
      'no-restricted-properties': ['error', PROCESS_ENV],
      ...restrictedImports(...PROCESS, ...HMAC),
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    // What talks to a person at a terminal prints; a service logs.
    files: [
      'src/simulator/**/*.ts',
      'src/cli/**/*.ts',
      'src/main.ts',
      'test/support/**/*.ts',
      'tools/**/*.ts',
    ],
    rules: { 'no-console': 'off' },
  },
  {
    // The reader of the environment, and what runs before or outside of it: TypeORM's command line, the start, tests.
    files: [
      'src/platform/config/**/*.ts',
      'src/main.ts',
      'ormconfig.ts',
      'test/support/**/*.ts',
      'tools/bench/bench-database.ts',
      'test/e2e/configuration.e2e-spec.ts',
    ],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    // The one place of HMACs; and specs and benches, which sign by other means than the code they watch.
    files: [
      'src/webhooks/gateways/signature.ts',
      '**/*.spec.ts',
      '**/*.e2e-spec.ts',
      'tools/bench/load/**/*.ts',
      'tools/bench/programs/**/*.ts',
    ],
    rules: restrictedImports(...PROCESS),
  },
  {
    // Tests read answers off the wire, of which the compiler knows nothing: each expectation checks what it reads.
    files: ['test/**/*.ts'],
    rules: Object.fromEntries(
      ['assignment', 'member-access', 'argument', 'return', 'call'].map((use) => [
        `@typescript-eslint/no-unsafe-${use}`,
        'off',
      ]),
    ),
  },
  { files: ['**/*.mjs'], languageOptions: { sourceType: 'module' } },
);
