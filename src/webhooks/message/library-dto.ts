import { type ClassConstructor, plainToInstance } from 'class-transformer';
import { getMetadataStorage, validateSync, type ValidationError } from 'class-validator';
import { transformMetadata } from './compiled-dto.js';
import { removePropertyName } from './dto-message.js';
import { IssueCollector, type ValidationIssues } from './issue-list.js';

/**
 * The most values in a body whose class only the libraries can validate. class-transformer takes quadratic time in the
 * fields of one object: 40,000 fields took 2 s, 5,000 take about 30 ms.
 */
const MAX_VALUES = 5_000;

/**
 * Validates a body with class-transformer and class-validator. Fields that the class does not declare are removed first,
 * so a `@Transform` sees declared fields only.
 */
export function validateWithLibraries(
  dtoClass: ClassConstructor<object>,
  body: object,
): { dto: object } | ValidationIssues {
  const declared = keepDeclaredFields(dtoClass, body);
  if (countValues(declared, MAX_VALUES) > MAX_VALUES)
    return { issues: [{ path: '$', message: `must hold at most ${MAX_VALUES} values` }] };
  const dto = plainToInstance(dtoClass, declared);
  const errors = validateSync(dto, { forbidUnknownValues: false, whitelist: true });
  if (errors.length === 0) return { dto };
  const faults = new IssueCollector();
  collectErrors(errors, '', faults);
  return faults.list;
}

/** The declared fields of an object and of its nested objects. A parsed body is at most 64 levels deep. */
function keepDeclaredFields(dtoClass: ClassConstructor<object>, body: object): object {
  const kept: Record<string, unknown> = {};
  for (const { name, property } of findDeclaredFields(dtoClass)) {
    if (!Object.hasOwn(body, name)) continue;
    const value = (body as Record<string, unknown>)[name];
    const nested = findNestedClass(dtoClass, property);
    kept[name] = nested === null ? value : keepDeclaredFieldsOfPart(nested, value);
  }
  return kept;
}

function keepDeclaredFieldsOfPart(dtoClass: ClassConstructor<object>, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => keepDeclaredFieldsOfPart(dtoClass, item));
  return typeof value === 'object' && value !== null ? keepDeclaredFields(dtoClass, value) : value;
}

/** The fields of a class: their names in a body, and the names of their properties. */
function findDeclaredFields(dtoClass: ClassConstructor<object>): { name: string; property: string }[] {
  const storage = getMetadataStorage();
  const exposed = transformMetadata.getExposedMetadatas(dtoClass);
  const properties = new Set([
    ...Object.keys(
      storage.groupByPropertyName(storage.getTargetValidationMetadatas(dtoClass, '', false, false)),
    ),
    ...exposed.flatMap(({ propertyName }) => propertyName ?? []),
  ]);
  return [...properties].flatMap((property) => {
    const given = exposed.find(({ propertyName }) => propertyName === property)?.options.name;
    return [property, ...(given === undefined ? [] : [given])].map((name) => ({ name, property }));
  });
}

/** The class of a nested field; null if the field is not nested, or if its class depends on the value. */
function findNestedClass(
  dtoClass: ClassConstructor<object>,
  property: string,
): ClassConstructor<object> | null {
  const typed = transformMetadata.findTypeMetadata(dtoClass, property) as
    ReturnType<typeof transformMetadata.findTypeMetadata> | undefined;
  if (typed === undefined || typed.options?.discriminator) return null;
  const nested = typed.typeFunction() as ClassConstructor<object>;
  return findDeclaredFields(nested).length === 0 ? null : nested;
}

/** Counts the values at any depth. Stops soon after `most`, so the result may be too small then. */
function countValues(root: unknown, most: number): number {
  let count = 0;
  const waiting: unknown[] = [root];
  while (waiting.length > 0 && count <= most) {
    const value = waiting.pop();
    count++;
    if (typeof value !== 'object' || value === null) continue;
    const inner = Object.values(value) as unknown[];
    if (inner.length > most) return most + 1;
    for (const one of inner) waiting.push(one);
  }
  return count;
}

/** Collects one issue for each path of the body. */
function collectErrors(errors: readonly ValidationError[], parent: string, faults: IssueCollector): void {
  for (const error of errors) {
    const path = parent === '' ? error.property : `${parent}.${error.property}`;
    const message = Object.values(error.constraints ?? {})[0];
    if (message !== undefined) faults.add(path, () => removePropertyName(message, error.property));
    collectErrors(error.children ?? [], path, faults);
  }
}
