import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';

type PathItem = OpenAPIObject['paths'][string];
type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;
type Responses = NonNullable<PathItem['get']>['responses'];

const text = { type: 'string' } as const;
const parameter = (name: string) => ({ name, in: 'path' as const, required: true, schema: text });
const json = (schema: string) => ({
  'application/json': { schema: { $ref: `#/components/schemas/${schema}` } },
});
const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
});

/** What no controller describes: a fault, and the answer to a webhook. */
const SCHEMAS: Schemas = {
  Problem: {
    type: 'object',
    required: ['type', 'title', 'status'],
    properties: { type: text, title: text, status: { type: 'integer' }, detail: text },
  },
  WebhookAnswer: {
    type: 'object',
    required: ['status', 'id'],
    properties: {
      status: { type: 'string', enum: ['accepted', 'duplicate', 'ignored', 'parked'] },
      id: { type: 'string', format: 'uuid' },
    },
  },
};

const WEBHOOK_RESPONSES: Responses = {
  200: { description: 'Stored', content: json('WebhookAnswer') },
  400: problem('Verified, but neither JSON nor a form, not UTF-8, or nested too deep'),
  401: problem('It does not verify'),
  404: problem('No such gateway or account, or it has no secret'),
  413: problem('Over 1 MiB'),
  415: problem('Another content type, or an encoding'),
  422: problem('Verified and stored, but not what the body must say (standard alone)'),
  429: problem('In place of 401, 404 and 405: too many refused from this address; see Retry-After'),
  503: problem('Not stored, or cannot be verified now: send it again, see Retry-After'),
};

const webhook = (...names: string[]): PathItem => ({
  post: { tags: ['webhooks'], parameters: names.map(parameter), responses: WEBHOOK_RESPONSES },
});

const PATHS: Readonly<Record<string, PathItem>> = {
  '/webhooks/{gateway}': webhook('gateway'),
  '/webhooks/{gateway}/{account}': webhook('gateway', 'account'),
  '/webhooks/ippopay/{token}': webhook('token'),
  '/webhooks/ippopay/{account}/{token}': webhook('account', 'token'),
  '/metrics': {
    get: {
      tags: ['operations'],
      security: [{ bearer: [] }],
      responses: { 200: { description: 'Prometheus text', content: { 'text/plain': { schema: text } } } },
    },
  },
};

/** The whole outside: what the controllers describe, the webhooks, and for every operation what a fault looks like. */
export function createOpenApiDocument(app: INestApplication): OpenAPIObject {
  const document = SwaggerModule.createDocument(
    app,
    new DocumentBuilder()
      .setTitle('Payhook')
      .setDescription('What payments are, what was delivered, who was told.')
      .setVersion('1')
      .addBearerAuth()
      .build(),
  );
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, ...SCHEMAS },
  };
  document.paths = { ...document.paths, ...PATHS };
  for (const { get, post } of Object.values(document.paths))
    for (const operation of [get, post])
      if (operation)
        operation.responses = { ...operation.responses, default: problem('Any fault (RFC 9457)') };
  return document;
}
