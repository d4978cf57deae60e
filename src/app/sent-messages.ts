import type { OpenAPIObject, SchemaObject } from '@nestjs/swagger';
import { messageSchemas, messageWebhooks, notificationsFeature } from '../notifications/index.js';
import type { EventCatalog } from '../platform/events/index.js';
import type { PayhookFeature } from '../platform/features/index.js';
import { challengeSchemas, subscriptionsFeature, subscriptionWebhooks } from '../subscriptions/index.js';

/**
 * Adds the schemas of what is sent to other systems, each under the name of its type, and how each is sent as one of
 * `webhooks`: the events of all features in force, the challenge to a subscriber, messages by HTTP.
 */
export function documentSentMessages(
  document: OpenAPIObject,
  catalog: EventCatalog,
  features: readonly PayhookFeature[],
): void {
  const events = catalog.names.map((name) => [name, catalog.schemaOf(name) as SchemaObject] as const);
  const schemas = ((document.components ??= {}).schemas ??= {});
  const webhooks = (document.webhooks ??= {});
  Object.assign(schemas, Object.fromEntries(events));
  if (features.includes(subscriptionsFeature)) {
    Object.assign(schemas, challengeSchemas);
    Object.assign(webhooks, subscriptionWebhooks(catalog.names));
  }
  if (features.includes(notificationsFeature)) {
    Object.assign(schemas, messageSchemas);
    Object.assign(webhooks, messageWebhooks);
  }
}
