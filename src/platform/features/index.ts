export * from './feature.js';
export * from './feature-jobs.js';
export * from './feature-progress.entity.js';
export * from './features.module.js';
