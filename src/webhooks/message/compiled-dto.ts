import type { ClassConstructor } from 'class-transformer';
// @ts-expect-error the package's types leave this file out; @nestjs/mapped-types reads the same one
import { defaultMetadataStorage } from 'class-transformer/cjs/storage.js';
import type { MetadataStorage } from 'class-transformer/types/MetadataStorage.js';
import { getMetadataStorage, type ValidationArguments } from 'class-validator';
import { fillMessage } from './dto-message.js';

export const transformMetadata = defaultMetadataStorage as MetadataStorage;

type Metadata = ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']>[number];
type Check = (value: unknown, args: ValidationArguments) => boolean;

/** One declared field. */
export interface Field {
  name: string;
  /** Unless all are true, the field is not validated (`@IsOptional`, `@ValidateIf`). */
  conditions: readonly ((object: object, value: unknown) => boolean)[];
  checks: readonly { check: Check; constraints: unknown[]; message: (args: ValidationArguments) => string }[];
  nested: CompiledDto | null;
  /** The field must be a list of nested objects (`@ValidateNested({ each: true })`) instead of one. */
  isList: boolean;
}

/** What is known of a DTO class before any message: it is read once, not for each message. */
export interface CompiledDto {
  dtoClass: ClassConstructor<object>;
  fields: readonly Field[];
}

/**
 * Reads the metadata of class-validator and class-transformer once. Both libraries look it up, filter and group it again
 * for every object. Null for a class that uses what this code does not support: groups, promises, `each` except for nested
 * objects, `@Transform`, `@Expose`, `@Exclude`, or a class that contains itself.
 */
export const compileDto = (dtoClass: ClassConstructor<object>): CompiledDto | null =>
  compileShape(dtoClass, []);

/** The instance with its declared fields; null if class-validator would find an issue. */
export function validateCompiled(compiled: CompiledDto, body: object): object | null {
  const dto = toInstance(compiled, body);
  return isValid(compiled, dto) ? dto : null;
}

function compileShape(
  dtoClass: ClassConstructor<object>,
  within: readonly ClassConstructor<object>[],
): CompiledDto | null {
  if (within.includes(dtoClass) || isTransformed(dtoClass)) return null;
  const storage = getMetadataStorage();
  const metadata = storage.getTargetValidationMetadatas(dtoClass, '', false, false);
  const fields = Object.entries(storage.groupByPropertyName(metadata)).map(([name, rules]) =>
    compileField(dtoClass, name, rules, [...within, dtoClass]),
  );
  return fields.every((field) => field !== null) ? { dtoClass, fields } : null;
}

const isTransformed = (dtoClass: ClassConstructor<object>): boolean =>
  transformMetadata.getStrategy(dtoClass) !== 'none' ||
  transformMetadata.getExposedMetadatas(dtoClass).length > 0 ||
  transformMetadata.getExcludedMetadatas(dtoClass).length > 0;

function compileField(
  dtoClass: ClassConstructor<object>,
  name: string,
  rules: readonly Metadata[],
  within: readonly ClassConstructor<object>[],
): Field | null {
  const typed = transformMetadata.findTypeMetadata(dtoClass, name);
  const isNested = rules.some(({ type }) => type === 'nestedValidation');
  const transforms = transformMetadata.findTransformMetadatas(dtoClass, name, PLAIN_TO_CLASS);
  if (isNested !== (typed !== undefined) || transforms.length > 0 || !rules.every(isPlain)) return null;
  const nested = typed ? compileShape(typed.typeFunction() as ClassConstructor<object>, within) : null;
  if (typed && (nested === null || typed.options?.discriminator)) return null;
  const ofType = (wanted: string): Metadata[] => rules.filter(({ type }) => type === wanted);
  return {
    name,
    conditions: ofType('conditionalValidation').map(
      ({ constraints }) => constraints[0] as Field['conditions'][number],
    ),
    checks: ofType('customValidation').flatMap(({ constraintCls, constraints, message }) =>
      findConstraints(constraintCls).map(({ instance }) => ({
        check: (value, args) => instance.validate(value, args) as boolean,
        constraints: constraints as unknown[],
        message: (args) => fillMessage(message ?? instance.defaultMessage?.(args) ?? 'is not valid', args),
      })),
    ),
    nested,
    isList: ofType('nestedValidation').some(({ each }) => each),
  };
}

/** class-transformer's own number for the direction of `plainToInstance`. */
const PLAIN_TO_CLASS = 0;

const KNOWN = ['customValidation', 'conditionalValidation', 'nestedValidation', 'whitelistValidation'];

const findConstraints = (
  constraintCls: Metadata['constraintCls'],
): ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidatorConstraints']> =>
  getMetadataStorage().getTargetValidatorConstraints(constraintCls);

function isPlain({ type, each, groups, always, validateIf, constraintCls }: Partial<Metadata>): boolean {
  const isAsync = constraintCls !== undefined && findConstraints(constraintCls).some((one) => one.async);
  if (each && type !== 'nestedValidation') return false;
  return KNOWN.includes(type ?? '') && !groups?.length && !always && !validateIf && !isAsync;
}

/** An instance with the declared fields only, unchanged from the body. Nested objects become instances of their class. */
export function toInstance({ dtoClass, fields }: CompiledDto, body: object): object {
  const dto = new dtoClass() as Record<string, unknown>;
  for (const { name, nested, isList } of fields) {
    if (!Object.hasOwn(body, name)) continue;
    const value = (body as Record<string, unknown>)[name];
    if (nested === null) dto[name] = value;
    else if (isList && Array.isArray(value)) dto[name] = value.map((item) => toNestedInstance(nested, item));
    else dto[name] = toNestedInstance(nested, value);
  }
  return dto;
}

const toNestedInstance = (nested: CompiledDto, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? toInstance(nested, value) : value;

function isValid({ dtoClass, fields }: CompiledDto, dto: object): boolean {
  for (const field of fields) {
    const value = (dto as Record<string, unknown>)[field.name];
    if (!field.conditions.every((condition) => condition(dto, value))) continue;
    for (const { check, constraints } of field.checks) {
      const args = { targetName: dtoClass.name, property: field.name, object: dto, value, constraints };
      if (!check(value, args)) return false;
    }
    if (field.nested === null || value === undefined) continue;
    if (!isNestedValid(field.nested, field.isList, value)) return false;
  }
  return true;
}

function isNestedValid(nested: CompiledDto, isList: boolean, value: unknown): boolean {
  if (!isList) return value instanceof nested.dtoClass && isValid(nested, value);
  return Array.isArray(value) && value.every((item) => isNestedValid(nested, false, item));
}
