import type { ValidationArguments } from 'class-validator';

type Message = string | ((args: ValidationArguments) => string);

/** Fills in a message as class-validator does, except `$value`: a message must not contain what a sender wrote. */
export function fillMessage(message: Message, args: ValidationArguments): string {
  const text = typeof message === 'function' ? message(args) : message;
  const filled = text
    .replaceAll('$property', args.property)
    .replaceAll('$target', args.targetName)
    .replaceAll('$value', 'value')
    .replace(/\$constraint(\d+)/g, (_, nth: string) => String(args.constraints[Number(nth) - 1]));
  return removePropertyName(filled, args.property);
}

/** Removes the property's name from the start of a message, because the path of the issue ends with it. */
export const removePropertyName = (message: string, property: string): string =>
  message.startsWith(`${property} `) ? message.slice(property.length + 1) : message;
