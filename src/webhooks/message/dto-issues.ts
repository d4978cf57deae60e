import type { ValidationArguments } from 'class-validator';
import { type CompiledDto, instanceOf } from './compiled-dto.js';
import { FaultCollector, type FaultList } from './issue-list.js';

/**
 * What is wrong with a body that {@link readCompiled} did not take, in class-validator's words. class-validator itself
 * would look at every item of an array that stands where one object is wanted; here it is one fault.
 */
export function faultsOf(compiled: CompiledDto, body: object): FaultList {
  const faults = new FaultCollector();
  gatherFaults(compiled, instanceOf(compiled, body), '', faults);
  return faults.list;
}

/** Walks as {@link fits} does, to the end. Of each field the first failing check is told. */
function gatherFaults(
  { dtoClass, fields }: CompiledDto,
  dto: object,
  parent: string,
  faults: FaultCollector,
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
      value.forEach((item, at) => gatherNested(nested, item, `${path}.${at}`, faults));
    else if (!isList && value instanceof nested.dtoClass) gatherFaults(nested, value, path, faults);
    else if (!failing) faults.add(path, () => (isList ? 'must be a list' : 'must be an object'));
  }
}

function gatherNested(nested: CompiledDto, item: unknown, path: string, faults: FaultCollector): void {
  if (item instanceof nested.dtoClass) gatherFaults(nested, item, path, faults);
  else faults.add(path, () => 'must be an object');
}
