import type { ValidationArguments } from 'class-validator';
import { type CompiledDto, toInstance } from './compiled-dto.js';
import { IssueCollector, type ValidationIssues } from './issue-list.js';

/**
 * The issues of a body that {@link validateCompiled} rejected, in class-validator's words. An array in place of one object
 * is one issue here; class-validator itself would report every item of it.
 */
export function collectIssues(compiled: CompiledDto, body: object): ValidationIssues {
  const faults = new IssueCollector();
  collectDtoIssues(compiled, toInstance(compiled, body), '', faults);
  return faults.list;
}

/** Walks through all fields. Reports the first failing check of each. */
function collectDtoIssues(
  { dtoClass, fields }: CompiledDto,
  dto: object,
  parent: string,
  faults: IssueCollector,
): void {
  for (const { name, conditions, checks, nested, isList } of fields) {
    const value = (dto as Record<string, unknown>)[name];
    if (!conditions.every((condition) => condition(dto, value))) continue;
    const path = parent === '' ? name : `${parent}.${name}`;
    const argsOf = (constraints: unknown[]): ValidationArguments => ({
      targetName: dtoClass.name,
      property: name,
      object: dto,
      value,
      constraints,
    });
    const failing = checks.find(({ check, constraints }) => !check(value, argsOf(constraints)));
    if (failing) faults.add(path, () => failing.message(argsOf(failing.constraints)));
    if (nested === null || value === undefined) continue;
    if (isList && Array.isArray(value))
      value.forEach((item, at) => collectNestedIssues(nested, item, `${path}.${at}`, faults));
    else if (!isList && value instanceof nested.dtoClass) collectDtoIssues(nested, value, path, faults);
    else if (!failing) faults.add(path, () => (isList ? 'must be a list' : 'must be an object'));
  }
}

function collectNestedIssues(nested: CompiledDto, item: unknown, path: string, faults: IssueCollector): void {
  if (item instanceof nested.dtoClass) collectDtoIssues(nested, item, path, faults);
  else faults.add(path, () => 'must be an object');
}
