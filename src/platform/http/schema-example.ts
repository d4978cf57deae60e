import type { OpenAPIObject, ReferenceObject, SchemaObject } from '@nestjs/swagger';

type Schema = SchemaObject | ReferenceObject;
type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;

/** A value that the schema allows, made of the examples of its properties. */
export function exampleOf(schema: Schema | undefined, schemas: Schemas): unknown {
  if (schema === undefined) return undefined;
  if ('$ref' in schema) return exampleOf(schemas[schema.$ref.split('/').at(-1) ?? ''], schemas);
  if ('example' in schema) return schema.example as unknown;
  const parts = schema.anyOf ?? schema.allOf;
  if (parts) return exampleOf(parts[0], schemas);
  if (schema.enum) return schema.enum[0] as unknown;
  if (schema.items) return [exampleOf(schema.items, schemas)];
  if (schema.type !== 'object') return undefined;
  const properties = Object.entries(schema.properties ?? {});
  return Object.fromEntries(
    properties.flatMap(([name, property]) => {
      const example = exampleOf(property, schemas);
      return example === undefined ? [] : [[name, example]];
    }),
  );
}
