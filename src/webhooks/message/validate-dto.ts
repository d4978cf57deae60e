import { type ClassConstructor } from 'class-transformer';
import { compiledDto, type CompiledDto, readCompiled } from './compiled-dto.js';
import { faultsOf } from './dto-issues.js';
import { FaultCollector, type FaultList } from './issue-list.js';
import { readByLibraries } from './library-dto.js';

/** A body as its DTO, or what is wrong with it. */
export type DtoReading = { dto: object } | FaultList;

const compiled = new Map<ClassConstructor<object>, CompiledDto | null>();

/**
 * The body as an instance of its DTO, with the fields that the DTO declares and no other: what was not validated, no
 * translator ever sees. Only declared fields are looked at, so the time and the answer are bounded by the body's size
 * whatever else the body holds. A class that asks for more than can be compiled goes to class-transformer and
 * class-validator themselves.
 */
export function readDto(dtoClass: ClassConstructor<object>, body: object): DtoReading {
  const known = compiledOf(dtoClass);
  if (known === null) return readByLibraries(dtoClass, body);
  const dto = readCompiled(known, body);
  return dto === null ? faultsOf(known, body) : { dto };
}

/** The items of a list that fit, with their places, and what is wrong with the others. */
export interface ItemReadings<T> extends FaultList {
  readonly items: readonly { at: number; dto: T }[];
}

/**
 * Reads every item of a list by itself, for gateways that put several events into one body: a faulty event does not
 * keep the others from being processed. `path` is the list's place in the body. Faults are bounded as those of a body.
 */
export function readItems<T extends object>(
  itemClass: ClassConstructor<T>,
  list: readonly unknown[],
  path: string,
): ItemReadings<T> {
  const items: { at: number; dto: T }[] = [];
  const faults = new FaultCollector();
  list.forEach((item, at) => {
    const isObject = typeof item === 'object' && item !== null && !Array.isArray(item);
    const reading = isObject ? readDto(itemClass, item) : null;
    if (reading === null) faults.add(`${path}.${at}`, () => 'must be an object');
    else if ('dto' in reading) items.push({ at, dto: reading.dto as T });
    else faults.addAll(reading, `${path}.${at}`);
  });
  return { items, ...faults.list };
}

function compiledOf(dtoClass: ClassConstructor<object>): CompiledDto | null {
  let known = compiled.get(dtoClass);
  if (known === undefined) compiled.set(dtoClass, (known = compiledDto(dtoClass)));
  return known;
}
