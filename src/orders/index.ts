/** What the application and other features may use of orders. */
export * from './order.events.js';
export { ordersFeature } from './orders.feature.js';
export type { OrderFlag, OrderStatus } from './status/order-status.js';
