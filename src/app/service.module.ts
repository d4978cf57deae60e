import type { DynamicModule } from '@nestjs/common';
import { AppModule } from '../app.module.js';
import { ExtensionsModule } from './extensions.module.js';
import type { Extensions } from './extensions.js';

/** The service that ships, with what its plug-ins add. */
export const serviceModule = (extensions: Extensions): DynamicModule => ({
  module: AppModule,
  imports: [ExtensionsModule.of(extensions)],
});
