import { applyDecorators } from '@nestjs/common';
import {
  ApiExtraModels,
  ApiProperty,
  ApiPropertyOptional,
  ApiResponse,
  ApiSchema,
  getSchemaPath,
  type ResponseObject,
} from '@nestjs/swagger';
import type { ProblemType } from './problem-types.js';

export const PROBLEM_JSON = 'application/problem+json';

/** A fault as RFC 9457 describes it. Further members may stand beside these. */
@ApiSchema({ name: 'Problem' })
export class ProblemView {
  @ApiProperty({ description: 'Which kind of problem it is', example: '/problems/not-found' }) type!: string;
  @ApiProperty({ description: 'The same for every problem of this kind', example: 'No such payment' })
  title!: string;
  @ApiProperty({ type: 'integer', description: 'The HTTP status', example: 404 }) status!: number;
  @ApiPropertyOptional({ description: 'What is wrong with this request', example: 'bad parameter: limit' })
  detail?: string;
}

const RETRY_AFTER: ResponseObject['headers'] = {
  'Retry-After': { description: 'Seconds to wait', schema: { type: 'integer', minimum: 1 } },
};

/** The headers that come with a problem of this status. */
const HEADERS: Readonly<Record<number, ResponseObject['headers']>> = { 429: RETRY_AFTER, 503: RETRY_AFTER };

/** Documents the problems that a route, or every route of a controller, may answer: one response for each status. */
export function ApiProblems(...problems: readonly ProblemType[]): ClassDecorator & MethodDecorator {
  const statuses = [...new Set(problems.map(({ status }) => status))];
  return applyDecorators(
    ApiExtraModels(ProblemView),
    ...statuses.map((status) =>
      ApiResponse({ status, ...problemResponse(problems.filter((one) => one.status === status)) }),
    ),
  );
}

/** The OpenAPI response of problems that share a status. */
export function problemResponse(problems: readonly ProblemType[]): ResponseObject {
  const [first] = problems;
  const types = [...new Set(problems.map(({ type }) => type))];
  const reasons = [...new Set(problems.map(({ when }) => when))];
  const headers = first && HEADERS[first.status];
  return {
    description: reasons.map((when) => `Answered when ${when}.`).join('\n\n'),
    content: {
      [PROBLEM_JSON]: {
        schema: {
          type: 'object',
          allOf: [{ $ref: getSchemaPath('Problem') }],
          properties: { type: { type: 'string', enum: types } },
        },
        ...(first && { example: { type: first.type, title: first.title, status: first.status } }),
      },
    },
    ...(headers && { headers }),
  };
}
