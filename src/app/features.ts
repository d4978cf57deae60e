import { notificationsFeature } from '../notifications/index.js';
import type { PayhookFeature } from '../platform/features/index.js';

/** The features that ship. Operations erase, retain and count them through these declarations. */
export const features: readonly PayhookFeature[] = [notificationsFeature];
