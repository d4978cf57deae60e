import { type ClassConstructor, plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import { compiledDto, type CompiledDto, readCompiled } from './compiled-dto.js';
import type { Fault } from './gateways/gateway.js';

/** A body as its DTO, or what is wrong with it. */
export type DtoReading = { dto: object } | { faults: readonly Fault[] };

const compiled = new Map<ClassConstructor<object>, CompiledDto | null>();

/**
 * The body as an instance of its DTO, with the fields that the DTO declares and no other: what was not validated, no
 * translator ever sees. Fields that fit are read by what was compiled of the class, once; a body that does not fit, and
 * a class that asks for more than can be compiled, go to class-transformer and class-validator themselves, so that the
 * words of a fault are always theirs.
 */
export function readDto(dtoClass: ClassConstructor<object>, body: object): DtoReading {
  const known = compiledOf(dtoClass);
  const dto = known && readCompiled(known, body);
  if (dto) return { dto };
  const instance = plainToInstance(dtoClass, body);
  const errors = validateSync(instance, { forbidUnknownValues: false, whitelist: true });
  return errors.length > 0 ? { faults: faultsOf(errors) } : { dto: instance };
}

function compiledOf(dtoClass: ClassConstructor<object>): CompiledDto | null {
  let known = compiled.get(dtoClass);
  if (known === undefined) compiled.set(dtoClass, (known = compiledDto(dtoClass)));
  return known;
}

/** One fault a path, at the path where it stands in the body. */
function faultsOf(errors: readonly ValidationError[], parent = ''): Fault[] {
  return errors.flatMap((error) => {
    const path = parent === '' ? error.property : `${parent}.${error.property}`;
    const message = Object.values(error.constraints ?? {})[0];
    const own = message === undefined ? [] : [{ path, message: withoutName(message, error.property) }];
    return [...own, ...faultsOf(error.children ?? [], path)];
  });
}

/** The path says where; the message need not begin with the property's name again. */
const withoutName = (message: string, property: string): string =>
  message.startsWith(`${property} `) ? message.slice(property.length + 1) : message;
