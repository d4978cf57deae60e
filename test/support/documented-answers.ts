import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { Json } from './test-app.js';
import type { Heard } from './requests.js';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

export interface Operation {
  method: string;
  path: string;
  description: Json;
}

export const operationsOf = (document: Json): Operation[] =>
  Object.entries<Json>(document.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => ({
      method: method.toUpperCase(),
      path,
      description: item[method],
    })),
  );

/**
 * Compares answers with what `/docs-json` says of them. A view may hold no member that the document does not know;
 * a problem document may.
 */
export class DocumentedAnswers {
  private readonly ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
  private readonly validators = new Map<string, ValidateFunction>();

  constructor(private readonly document: Json) {
    this.ajv.addVocabulary(['example']);
    this.ajv.addFormat('uuid', /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/);
    this.ajv.addFormat('date-time', /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/);
    for (const [name, schema] of Object.entries<Json>(document.components.schemas))
      this.ajv.addSchema(
        rooted(name.includes('Problem') ? schema : { ...schema, additionalProperties: false }),
        `/components/${name}`,
      );
  }

  /** What is wrong with the answer to this request; null when it is as documented, or no operation is meant. */
  faultOf(method: string, url: string, { status, headers, json, text }: Heard): string | null {
    const operation = this.operationOf(method, url);
    if (!operation) return null;
    const said = `${method} ${operation.path} ${status}`;
    const response = operation.description.responses[status];
    if (!response) return `${said}: this status is not documented: ${text.slice(0, 200)}`;
    const type = headers.get('content-type')?.split(';')[0] ?? '';
    const content = response.content?.[type];
    if (!content) return `${said}: ${type} is not documented`;
    const value: unknown = type.endsWith('json') ? json : text;
    return this.faultOfValue(content.schema, value, said);
  }

  faultOfValue(schema: Json, value: unknown, said: string): string | null {
    const key = JSON.stringify(schema);
    let validate = this.validators.get(key);
    if (!validate) this.validators.set(key, (validate = this.ajv.compile(rooted(schema))));
    return validate(value)
      ? null
      : `${said}: ${this.ajv.errorsText(validate.errors)}: ${JSON.stringify(value)}`;
  }

  /** A path without parameters comes before one with them, as in OpenAPI. */
  private operationOf(method: string, url: string): Operation | undefined {
    const [path = ''] = url.split('?');
    const matching = operationsOf(this.document).filter(
      (operation) =>
        operation.method === method &&
        new RegExp(`^${operation.path.replace(/\{\w+\}/g, '[^/]+')}$`).test(path),
    );
    const parameters = (operation: Operation): number => operation.path.split('{').length;
    return matching.sort((a, b) => parameters(a) - parameters(b))[0];
  }
}

/** The document's references lead to where the schemas were added. */
const rooted = (schema: Json): Json =>
  JSON.parse(JSON.stringify(schema).replaceAll('#/components/schemas/', '/components/'));
