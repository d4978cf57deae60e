/**
 * `payhook/gateway`: what an adapter for a payment gateway needs. It loads neither Nest nor TypeORM.
 * It loads `reflect-metadata`, without which class-transformer's `@Type` throws, so that an adapter loads by itself.
 */
import 'reflect-metadata';
export * from './payments/report/index.js';
export * from './webhooks/gateways/evidence.js';
export * from './webhooks/gateways/fields/all-of.js';
export * from './webhooks/gateways/fields/decimal-fields.js';
export * from './webhooks/gateways/fields/identity.js';
export * from './webhooks/gateways/fields/iso-time.js';
export * from './webhooks/gateways/fields/wire-fields.js';
export * from './webhooks/gateways/gateway.js';
export { digest, equalConstantTime, hmac, hmacSha256, sha256Hex } from './webhooks/gateways/signature.js';
export { apiBase, getJson, type ApiAnswer, type ApiLimits } from './webhooks/gateways/api-client.js';
export { readPage, type PageElement } from './webhooks/gateways/listed-page.js';
export {
  reportsOfObject,
  type ObjectStatement,
  type StatedObject,
} from './webhooks/gateways/object-reports.js';
