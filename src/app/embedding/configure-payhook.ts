import type { INestApplication } from '@nestjs/common';
import { OwnProblemFilter } from './own-problem.filter.js';
import { expectIntake } from './raw-intake.js';

/**
 * Makes a host's Nest application on Express ready for Payhook, between `NestFactory.create()` and `app.listen()`.
 * Webhooks reach Payhook before any middleware and any body parser of the host, wherever those are added; faults of
 * Payhook's own routes are answered as problem documents (RFC 9457). Nothing else of the host is changed: its parsers,
 * filters, `trust proxy` and limits stay as they are.
 */
export function configurePayhook(app: INestApplication): void {
  expectIntake(app);
  app.useGlobalFilters(new OwnProblemFilter());
}
