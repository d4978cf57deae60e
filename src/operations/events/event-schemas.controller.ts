import { Controller, Get, Header, Inject, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { EventCatalog, JSON_SCHEMA_DIALECT, type JsonSchema } from '../../platform/events/index.js';
import { ApiProblems } from '../../platform/http/api-problems.decorator.js';
import { KeyedApi } from '../../platform/http/keyed-api.decorator.js';
import { notFound } from '../../platform/http/problem.js';
import { BAD_REQUEST, BY_ID } from '../../platform/http/problem-types.js';

const PATH = '/events/schemas';
const SCHEMA_JSON = 'application/schema+json';

const schemaResponse = (description: string, path: string) => ({
  description,
  content: {
    [SCHEMA_JSON]: {
      schema: { type: 'object' as const, additionalProperties: true },
      example: { $schema: JSON_SCHEMA_DIALECT, $id: path },
    },
  },
});

/** What events look like, for systems that check what they are sent or generate types from it. No database is asked. */
@Controller(PATH)
@KeyedApi('events')
export class EventSchemasController {
  constructor(@Inject(EventCatalog) private readonly catalog: EventCatalog) {}

  @Get()
  @Header('content-type', SCHEMA_JSON)
  @ApiOperation({
    summary: 'Read the JSON Schemas of all events',
    description: 'One schema that any event matches; the schema of each event by its name in `$defs`.',
  })
  @ApiOkResponse(schemaResponse('A JSON Schema (2020-12)', PATH))
  readAll(): JsonSchema {
    const schemas = this.catalog.names.map((name) => [name, this.schemaOf(name)] as const);
    return {
      $schema: JSON_SCHEMA_DIALECT,
      $id: PATH,
      title: 'Any event',
      oneOf: schemas.map(([, { $id }]) => ({ $ref: $id })),
      $defs: Object.fromEntries(schemas),
    };
  }

  @Get(':type')
  @Header('content-type', SCHEMA_JSON)
  @ApiOperation({
    summary: 'Read the JSON Schema of an event',
    description:
      'Of the body that subscribers are sent; an item of `GET /events` matches it too. Members may be added to it.',
  })
  @ApiOkResponse(schemaResponse('A JSON Schema (2020-12)', `${PATH}/payment.failed`))
  @ApiProblems(BAD_REQUEST, ...BY_ID)
  read(@Param('type') type: string): JsonSchema {
    return this.schemaOf(type);
  }

  /** `$id` is relative, as the service does not know under which host it is reached. */
  private schemaOf(type: string): JsonSchema {
    const schema = this.catalog.schemaOf(type);
    if (schema === null) throw notFound('event');
    return { $schema: JSON_SCHEMA_DIALECT, $id: `${PATH}/${type}`, ...schema };
  }
}
