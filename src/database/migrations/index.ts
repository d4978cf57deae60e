import type { MigrationInterface } from 'typeorm';
import { FirstSchema1764000000000 } from './1764000000000-first-schema.js';
import { RefusalsAndSecretUses1764200000000 } from './1764200000000-refusals-and-secret-uses.js';

/** Every migration, oldest first. */
export const migrations: (new () => MigrationInterface)[] = [
  FirstSchema1764000000000,
  RefusalsAndSecretUses1764200000000,
];
