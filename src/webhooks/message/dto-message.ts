import type { ValidationArguments } from 'class-validator';

type Message = string | ((args: ValidationArguments) => string);

/** As class-validator fills in its messages, but for `$value`: nothing of a sender's stands in a message. */
export function fillMessage(message: Message, args: ValidationArguments): string {
  const text = typeof message === 'function' ? message(args) : message;
  const filled = text
    .replaceAll('$property', args.property)
    .replaceAll('$target', args.targetName)
    .replaceAll('$value', 'value')
    .replace(/\$constraint(\d+)/g, (_, nth: string) => String(args.constraints[Number(nth) - 1]));
  return removePropertyName(filled, args.property);
}

/** The path says where; the message need not begin with the property's name again. */
export const removePropertyName = (message: string, property: string): string =>
  message.startsWith(`${property} `) ? message.slice(property.length + 1) : message;
