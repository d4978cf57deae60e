import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { DEFAULT_RETRY_POLICY, RETRY_POLICY } from '../jobs/retry-policy.js';
import { EventPublisher } from './event-publisher.js';
import { HandlerRegistry } from './handler-registry.js';
import { HandlerRuns } from './handler-runs.js';
import { HandlerWorker } from './handler-worker.js';
import { DEFAULT_LEASES, LEASES } from '../jobs/leases.js';
import { EventDryRun } from './event-dry-run.js';

/** Durable domain events for every feature: publish with a commit, handle with @OnDomainEvent. */
@Global()
@Module({
  imports: [DiscoveryModule],
  providers: [
    HandlerRegistry,
    EventPublisher,
    HandlerWorker,
    HandlerRuns,
    EventDryRun,
    { provide: RETRY_POLICY, useValue: DEFAULT_RETRY_POLICY },
    { provide: LEASES, useValue: DEFAULT_LEASES },
  ],
  exports: [EventPublisher, HandlerRegistry, HandlerWorker, HandlerRuns, EventDryRun, RETRY_POLICY, LEASES],
})
export class EventsModule {}
