import { type DynamicModule, Module } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { DatabaseServerModule } from '../../platform/database/database.module.js';

/**
 * The host's data source as the one that Payhook works on. The host opens it, migrates it and closes it. The default one
 * is there for every module already; one with a name is provided as the default one besides.
 */
@Module({})
export class HostDatabaseModule {
  static on(name: string): DynamicModule {
    const token = getDataSourceToken(name);
    const isDefault = token === DataSource;
    return {
      module: HostDatabaseModule,
      global: true,
      imports: [DatabaseServerModule],
      providers: isDefault ? [] : [{ provide: DataSource, useExisting: token }],
      exports: isDefault ? [] : [DataSource],
    };
  }
}
