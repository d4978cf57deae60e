import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { DataSource } from 'typeorm';
import { ConfigurationError } from '../../platform/config/configuration.errors.js';
import { ProcessRole } from '../../platform/config/process-role.js';
import type { DatabaseSchema } from '../../platform/database/data-source-options.js';
import { DATABASE_SCHEMA_NAME, SCHEMA } from '../../platform/database/database.module.js';
import { WiringError } from '../../platform/events/index.js';
import { hostDataSourceFaults } from './host-data-source.js';
import type { PayhookExtras } from './payhook.options.js';
import { raiseIntake } from './raw-intake.js';

/** Injects the {@link Embedded}. */
export const EMBEDDED = Symbol('EMBEDDED');
export type Embedded = Required<Pick<PayhookExtras, 'dataSource' | 'path'>>;

const TWO_DATA_SOURCES =
  'The host has a TypeORM data source of its own under the name default, and Payhook works on another one: Nest cannot ' +
  "tell them apart. Let Payhook share the host's (dataSource: 'default'), or give the host's another name.";

/** Refuses a host in which Payhook would not work, before any of its workers begins, and takes its place in Express. */
@Injectable()
export class EmbeddingChecks implements OnModuleInit, OnApplicationBootstrap {
  constructor(
    @Inject(EMBEDDED) private readonly embedded: Embedded,
    @Inject(DATABASE_SCHEMA_NAME) private readonly schema: string,
    @Inject(SCHEMA) private readonly tables: DatabaseSchema,
    private readonly db: DataSource,
    private readonly modules: ModulesContainer,
    private readonly http: HttpAdapterHost,
    private readonly role: ProcessRole,
  ) {}

  async onModuleInit(): Promise<void> {
    const sources = [...this.modules.values()].map((it) => it.providers.get(DataSource)?.instance);
    if (sources.some((it) => it instanceof DataSource && it !== this.db))
      throw new WiringError(TWO_DATA_SOURCES);
    if (this.embedded.dataSource === null) return;
    const needed = { ...this.tables, schema: this.schema };
    const faults = await hostDataSourceFaults(this.db, needed);
    if (faults.length > 0) throw new ConfigurationError(faults);
  }

  /** All routes are registered by now, and no request has come. A host without HTTP, or as a worker, takes no webhooks. */
  onApplicationBootstrap(): void {
    const adapter = this.http.httpAdapter;
    if (this.role.receives && adapter?.getType() === 'express')
      raiseIntake(adapter.getInstance(), this.embedded.path);
  }
}
