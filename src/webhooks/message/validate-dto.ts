import { type ClassConstructor } from 'class-transformer';
import { compileDto, type CompiledDto, validateCompiled } from './compiled-dto.js';
import { collectIssues } from './dto-issues.js';
import { IssueCollector, type ValidationIssues } from './issue-list.js';
import { validateWithLibraries } from './library-dto.js';

/** A body as its DTO, or what is wrong with it. */
export type DtoResult = { dto: object } | ValidationIssues;

const compiledDtos = new Map<ClassConstructor<object>, CompiledDto | null>();

/**
 * The body as an instance of its DTO, with the fields that the DTO declares and no other: what was not validated, no
 * translator ever sees. Only declared fields are looked at, so the time and the answer are bounded by the body's size
 * whatever else the body holds. A class that asks for more than can be compiled goes to class-transformer and
 * class-validator themselves.
 */
export function validateDto(dtoClass: ClassConstructor<object>, body: object): DtoResult {
  const known = getCompiledDto(dtoClass);
  if (known === null) return validateWithLibraries(dtoClass, body);
  const dto = validateCompiled(known, body);
  return dto === null ? collectIssues(known, body) : { dto };
}

/** The items of a list that fit, with their places, and what is wrong with the others. */
export interface ItemResults<T> extends ValidationIssues {
  readonly items: readonly { at: number; dto: T }[];
}

/**
 * Reads every item of a list by itself, for gateways that put several events into one body: a faulty event does not
 * keep the others from being processed. `path` is the list's place in the body. Faults are bounded as those of a body.
 */
export function validateItems<T extends object>(
  itemClass: ClassConstructor<T>,
  list: readonly unknown[],
  path: string,
): ItemResults<T> {
  const items: { at: number; dto: T }[] = [];
  const faults = new IssueCollector();
  list.forEach((item, at) => {
    const isObject = typeof item === 'object' && item !== null && !Array.isArray(item);
    const reading = isObject ? validateDto(itemClass, item) : null;
    if (reading === null) faults.add(`${path}.${at}`, () => 'must be an object');
    else if ('dto' in reading) items.push({ at, dto: reading.dto as T });
    else faults.addAll(reading, `${path}.${at}`);
  });
  return { items, ...faults.list };
}

function getCompiledDto(dtoClass: ClassConstructor<object>): CompiledDto | null {
  let known = compiledDtos.get(dtoClass);
  if (known === undefined) compiledDtos.set(dtoClass, (known = compileDto(dtoClass)));
  return known;
}
