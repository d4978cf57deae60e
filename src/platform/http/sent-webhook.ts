import type { OpenAPIObject, OperationObject } from '@nestjs/swagger';

/** What the service sends, by the `type` of the message, as OpenAPI 3.1 describes it. */
export type SentWebhooks = NonNullable<OpenAPIObject['webhooks']>;

interface SentWebhook {
  /** The `type` of the message, and the name of its schema in `components.schemas`. */
  readonly type: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /** What `webhook-id` is. */
  readonly id: string;
  readonly responses: OperationObject['responses'];
}

const header = (name: string, schema: object, description: string) =>
  ({ name, in: 'header', required: true, description, schema }) as const;

/** A request signed as the Standard Webhooks specification says, with a JSON body. */
export const toSentWebhook = ({
  type,
  tag,
  summary,
  description,
  id,
  responses,
}: SentWebhook): SentWebhooks => ({
  [type]: {
    post: {
      tags: [tag],
      operationId: type,
      summary,
      ...(description !== undefined && { description }),
      security: [],
      parameters: [
        header('webhook-id', { type: 'string', format: 'uuid' }, `${id}, the same at each try`),
        header(
          'webhook-timestamp',
          { type: 'string', pattern: '^\\d+$' },
          'When it is sent, in seconds since 1970',
        ),
        header(
          'webhook-signature',
          { type: 'string', pattern: '^v1,\\S+( v1,\\S+)*$' },
          'Of the id, the time and the bytes of the body, as https://www.standardwebhooks.com says: one for each secret that is valid now',
        ),
      ],
      requestBody: {
        required: true,
        content: { 'application/json': { schema: { $ref: `#/components/schemas/${type}` } } },
      },
      responses,
    },
  },
});
