export * from './deferred-writes.js';
export * from './failure-reporter.js';
export * from './jobs.module.js';
export * from './leases.js';
export * from './polling-loop.js';
export * from './queue-order.js';
export * from './retry-policy.js';
export * from './slots.js';
