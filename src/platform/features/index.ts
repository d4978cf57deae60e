export * from './feature-jobs.js';
export * from './feature-progress.entity.js';
export * from './feature.js';
export * from './features.module.js';
export * from './payment-jobs.js';
export * from './feature-work.entity.js';
export * from './feature-work.store.js';
export * from './order-closed.js';
