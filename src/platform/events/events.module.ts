import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { FEATURES, type PayhookFeature } from '../features/feature.js';
import { JobsModule } from '../jobs/jobs.module.js';
import { EventDryRun } from './event-dry-run.js';
import { EventPublisher } from './event-publisher.js';
import { HandlerRegistry } from './handler-registry.js';
import { HandlerRuns } from './handler-runs.js';
import { HandlerWorker } from './handler-worker.js';
import { EventCatalog } from './log/event-catalog.js';
import { EventLog } from './log/event-log.js';
import { EventLogWorker } from './log/event-log-worker.js';

/** Durable domain events for every feature: publish with a commit, handle with @OnDomainEvent, read in one order. */
@Global()
@Module({
  imports: [DiscoveryModule, JobsModule],
  providers: [
    HandlerRegistry,
    EventPublisher,
    HandlerWorker,
    HandlerRuns,
    EventDryRun,
    EventLog,
    EventLogWorker,
    {
      provide: EventCatalog,
      inject: [FEATURES],
      useFactory: (features: readonly PayhookFeature[]) =>
        new EventCatalog(features.flatMap(({ events }) => events ?? [])),
    },
  ],
  exports: [
    EventPublisher,
    HandlerRegistry,
    HandlerWorker,
    HandlerRuns,
    EventDryRun,
    EventLog,
    EventLogWorker,
    EventCatalog,
  ],
})
export class EventsModule {}
