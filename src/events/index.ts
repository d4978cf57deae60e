export * from './backoff.js';
export * from './domain-event.js';
export * from './event-publisher.js';
export * from './events.module.js';
export * from './handler-registry.js';
export * from './handler-worker.js';
export * from './on-domain-event.decorator.js';
export * from './work-loop.js';
export { OwedWrites } from './owed-writes.js';
