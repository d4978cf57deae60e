import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, type OperationObject, SwaggerModule } from '@nestjs/swagger';
import { PROBLEM_JSON, ProblemView } from '../platform/http/api-problems.decorator.js';
import { DOCUMENTED_ROLES, READERS } from '../platform/http/api-key.guard.js';
import type { ApiRole } from '../platform/config/env.js';
import { FEATURES, type PayhookFeature } from '../platform/features/index.js';
import { exampleOf } from '../platform/http/schema-example.js';
import { EventCatalog } from '../platform/events/index.js';
import { documentFeatures } from './feature-schemas.js';
import { documentSentMessages } from './sent-messages.js';
import { WEBHOOK_MODELS, webhookPaths } from '../webhooks/index.js';
import { GATEWAYS, type Gateway } from '../webhooks/gateways/index.js';

/**
 * Every route of the application: what the controllers declare, the webhooks that come in, an example of each answer; and the
 * webhooks that go out.
 */
export function createOpenApiDocument(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Payhook')
    .setDescription('What payments are, what was delivered, who was told.')
    .setVersion('1')
    // 3.1 writes "or null" as JSON Schema does.
    .setOpenAPIVersion('3.1.0')
    .addBearerAuth({ type: 'http', scheme: 'bearer' })
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    extraModels: [ProblemView, ...WEBHOOK_MODELS],
  });
  Object.assign(document.paths, webhookPaths(app.get<readonly Gateway[]>(GATEWAYS, { strict: false })));
  const features = app.get<readonly PayhookFeature[]>(FEATURES, { strict: false });
  documentSentMessages(document, app.get(EventCatalog, { strict: false }), features);
  documentFeatures(document, features);
  for (const { get, post, put, patch, delete: remove } of Object.values(document.paths))
    for (const operation of [get, post, put, patch, remove]) if (operation) complete(operation, document);
  for (const { post } of Object.values(document.webhooks ?? {})) if (post) addExamples(post, document);
  return document;
}

/**
 * Adds what holds for every operation: the roles of its keys, the examples, and a problem document for faults of the service
 * itself.
 */
function complete(operation: OperationObject, document: OpenAPIObject): void {
  addExamples(operation, document);
  nameRoles(operation);
  operation.responses.default = {
    description: 'Any other fault, as RFC 9457 describes it.',
    content: { [PROBLEM_JSON]: { schema: { $ref: '#/components/schemas/Problem' } } },
  };
}

function addExamples(operation: OperationObject, { components }: OpenAPIObject): void {
  for (const message of [operation.requestBody, ...Object.values(operation.responses)]) {
    if (!message || !('content' in message)) continue;
    for (const content of Object.values(message.content ?? {}))
      content.example ??= exampleOf(content.schema, components?.schemas ?? {});
  }
}

/** One security requirement for each role that is sufficient: any of them will do. An open route has none. */
function nameRoles(operation: OperationObject & { [DOCUMENTED_ROLES]?: readonly ApiRole[] }): void {
  const { security = [], [DOCUMENTED_ROLES]: roles = READERS } = operation;
  if (security.length > 0) operation.security = roles.map((role) => ({ bearer: [role] }));
  delete operation[DOCUMENTED_ROLES];
}
