import type { PayhookFeature } from '../platform/features/feature.js';
import { ALL_PAYMENT_EVENTS } from './payment.events.js';

/** What payments declare to the rest of the application: their events. */
export const paymentsFeature: PayhookFeature = { name: 'payments', events: ALL_PAYMENT_EVENTS };
