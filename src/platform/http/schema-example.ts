import type { OpenAPIObject, ReferenceObject, SchemaObject } from '@nestjs/swagger';

type Schema = SchemaObject | ReferenceObject;
type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;

/** Schemas of events have these keywords of JSON Schema, which the types of `@nestjs/swagger` lack. */
interface JsonKeywords {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly examples?: readonly unknown[];
}

/** What stands for a value of which nothing but the type is known. */
const PLAIN_EXAMPLES: Readonly<Record<string, unknown>> = { string: 'text', boolean: false, integer: 1 };

/** A value that the schema allows, made of the examples of its properties. */
export function exampleOf(schema: Schema | undefined, schemas: Schemas): unknown {
  if (schema === undefined) return undefined;
  if ('$ref' in schema) return exampleOf(schemas[schema.$ref.split('/').at(-1) ?? ''], schemas);
  if ('example' in schema) return schema.example as unknown;
  const { type, const: only, examples } = schema as JsonKeywords;
  if (examples !== undefined) return examples[0];
  if (only !== undefined) return only;
  const parts = schema.anyOf ?? schema.allOf;
  if (parts) return exampleOf(parts[0], schemas);
  if (schema.enum) return schema.enum[0] as unknown;
  if (schema.items) return [exampleOf(schema.items, schemas)];
  const [first = ''] = [type ?? ''].flat();
  if (first !== 'object') return schema.pattern || schema.format ? undefined : PLAIN_EXAMPLES[first];
  const properties = Object.entries(schema.properties ?? {});
  return Object.fromEntries(
    properties.flatMap(([name, property]) => {
      const example = exampleOf(property, schemas);
      return example === undefined ? [] : [[name, example]];
    }),
  );
}
