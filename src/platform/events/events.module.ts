import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { JobsModule } from '../jobs/jobs.module.js';
import { EventDryRun } from './event-dry-run.js';
import { EventPublisher } from './event-publisher.js';
import { HandlerRegistry } from './handler-registry.js';
import { HandlerRuns } from './handler-runs.js';
import { HandlerWorker } from './handler-worker.js';

/** Durable domain events for every feature: publish with a commit, handle with @OnDomainEvent. */
@Global()
@Module({
  imports: [DiscoveryModule, JobsModule],
  providers: [HandlerRegistry, EventPublisher, HandlerWorker, HandlerRuns, EventDryRun],
  exports: [EventPublisher, HandlerRegistry, HandlerWorker, HandlerRuns, EventDryRun],
})
export class EventsModule {}
