import {
  ApiProperty,
  ApiPropertyOptional,
  getSchemaPath,
  OmitType,
  type OpenAPIObject,
  type OperationObject,
} from '@nestjs/swagger';
import { ProblemView, problemResponse } from '../../platform/http/api-problems.decorator.js';
import type { ProblemType } from '../../platform/http/problem-types.js';
import { COUNT, UUID } from '../../platform/http/schema-types.js';
import type { Gateway } from '../gateways/gateway.js';
import { INVALID_BODY, REFUSAL_PROBLEMS } from '../refusals/refusal-problems.js';
import { DeliveryFaultView } from './delivery.view.js';
import { signatureHeaders } from './signature-headers.js';

/** The answer to a webhook that is stored. A gateway may insist on another body. */
export class WebhookAnswer {
  @ApiProperty({ enum: ['accepted', 'duplicate', 'ignored', 'parked'] }) status!: string;
  @ApiProperty({ ...UUID, description: 'The id of the delivery' }) id!: string;
}

export class InvalidBodyProblem extends OmitType(ProblemView, ['detail'] as const) {
  @ApiProperty({ enum: [INVALID_BODY.type], example: INVALID_BODY.type }) override type!: string;
  @ApiProperty({ example: INVALID_BODY.title }) override title!: string;
  @ApiProperty({ type: 'integer', example: INVALID_BODY.status }) override status!: number;
  @ApiProperty({ ...UUID, description: 'The id of the delivery' }) id!: string;
  @ApiProperty({ type: [DeliveryFaultView] }) errors!: DeliveryFaultView[];
  @ApiPropertyOptional({ ...COUNT, description: 'How many faults there are beyond those in `errors`' })
  moreErrors?: number;
}

/** Classes that the paths below refer to. */
export const WEBHOOK_MODELS = [WebhookAnswer, InvalidBodyProblem] as const;

type Parameters = NonNullable<OperationObject['parameters']>;

/**
 * The paths of webhooks for `/docs-json`: they depend on the gateways that the application is made with. Gateways that
 * sign share their paths; a gateway with a token in its path has paths of its own.
 */
export function webhookPaths(gateways: readonly Gateway[]): OpenAPIObject['paths'] {
  const signing = gateways.filter(({ tokenInPath }) => !tokenInPath);
  const gateway = pathParameter(
    'gateway',
    'The gateway',
    signing.map(({ name }) => name),
  );
  const account = pathParameter('account', 'The account of the gateway; `default` where the path names none');
  const token = pathParameter('token', 'The secret that the gateway was given with its URL');
  const headers = signing.flatMap(headerParameters);
  const paths: OpenAPIObject['paths'] = {
    '/webhooks/{gateway}': { post: operation('', signing, [gateway, ...headers]) },
    '/webhooks/{gateway}/{account}': { post: operation('Account', signing, [gateway, account, ...headers]) },
  };
  for (const one of gateways.filter(({ tokenInPath }) => tokenInPath)) {
    const root = `/webhooks/${one.name}`;
    paths[`${root}/{token}`] = { post: operation(one.name, [one], [token]) };
    paths[`${root}/{account}/{token}`] = { post: operation(`${one.name}Account`, [one], [account, token]) };
  }
  return paths;
}

const operation = (id: string, gateways: readonly Gateway[], parameters: Parameters): OperationObject => ({
  tags: ['webhooks'],
  operationId: `receiveWebhook${id}`,
  summary: 'Receive a webhook: verify it, store it, answer, and process it afterwards',
  description:
    'The answer is sent after the commit that stores the message. The secrets configured for the account verify the ' +
    'request; no API key is needed.',
  security: [],
  parameters,
  requestBody: { required: true, content: Object.fromEntries(contentTypes(gateways).map(anyBody)) },
  responses: responses(gateways),
});

const pathParameter = (name: string, description: string, values?: string[]): Parameters[number] => ({
  name,
  in: 'path',
  required: true,
  description,
  schema: { type: 'string', ...(values && { enum: values }) },
});

/** Optional in the document, as each gateway sends its own; a request without those of its gateway is a 401. */
const headerParameters = (gateway: Gateway): Parameters =>
  Object.entries(signatureHeaders(gateway)).map(([header, description]) => ({
    name: header,
    in: 'header',
    required: false,
    description: `Sent by ${gateway.name}. ${description}`,
    schema: { type: 'string' },
  }));

const CONTENT_TYPES = { json: 'application/json', form: 'application/x-www-form-urlencoded' } as const;

const contentTypes = (gateways: readonly Gateway[]): readonly string[] => [
  ...new Set(
    gateways.flatMap(({ contentTypes = ['json'] }) => contentTypes.map((type) => CONTENT_TYPES[type])),
  ),
];

const anyBody = (contentType: string) =>
  [contentType, { schema: { type: 'object', description: 'As the gateway sends it' } }] as const;

function responses(gateways: readonly Gateway[]): OperationObject['responses'] {
  const { bad_key: _apiOnly, ...refusals } = REFUSAL_PROBLEMS;
  const refusedStatuses = [...new Set(gateways.map(({ refusedStatus = 401 }) => refusedStatus))];
  const problems = Object.values(refusals).flatMap((problem): ProblemType[] =>
    problem.status === 401 ? refusedStatuses.map((status) => ({ ...problem, status })) : [problem],
  );
  const strict = gateways.filter(({ invalidBodyResponse }) => invalidBodyResponse === 'unprocessable');
  const statuses = [...new Set(problems.map(({ status }) => status))];
  return {
    200: {
      description: 'The message is stored. A gateway may insist on another status and body.',
      content: { 'application/json': { schema: { $ref: getSchemaPath(WebhookAnswer) } } },
    },
    ...Object.fromEntries(
      statuses.map((status) => [status, problemResponse(problems.filter((one) => one.status === status))]),
    ),
    ...(strict.length > 0 && { 422: invalidBody(strict.map(({ name }) => name)) }),
  };
}

const invalidBody = (names: readonly string[]) => ({
  description: `Answered by ${names.join(', ')} when the message verifies and is stored, but its body is invalid.`,
  content: { 'application/problem+json': { schema: { $ref: getSchemaPath(InvalidBodyProblem) } } },
});
