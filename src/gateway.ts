/** `payhook/gateway`: what an adapter for a payment gateway needs. It loads neither Nest nor TypeORM. */
export * from './payments/report/money.js';
export * from './payments/report/payment-report.js';
export * from './webhooks/gateways/gateway.js';
export * from './webhooks/gateways/signature.js';
