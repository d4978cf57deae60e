import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, type OperationObject, SwaggerModule } from '@nestjs/swagger';
import { PROBLEM_JSON, ProblemView } from '../platform/http/api-problems.decorator.js';
import { exampleOf } from '../platform/http/schema-example.js';
import { WEBHOOK_MODELS, webhookPaths } from '../webhooks/index.js';
import { GATEWAYS, type Gateway } from '../webhooks/gateways/index.js';

/** Every route of the application: what the controllers declare, the webhooks, and an example of each answer. */
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
  for (const { get, post } of Object.values(document.paths))
    for (const operation of [get, post]) if (operation) complete(operation, document);
  return document;
}

/** Adds what holds for every operation: the examples, and a problem document for faults of the service itself. */
function complete(operation: OperationObject, { components }: OpenAPIObject): void {
  for (const message of [operation.requestBody, ...Object.values(operation.responses)]) {
    if (!message || !('content' in message)) continue;
    for (const content of Object.values(message.content ?? {}))
      content.example ??= exampleOf(content.schema, components?.schemas ?? {});
  }
  operation.responses.default = {
    description: 'Any other fault, as RFC 9457 describes it.',
    content: { [PROBLEM_JSON]: { schema: { $ref: '#/components/schemas/Problem' } } },
  };
}
