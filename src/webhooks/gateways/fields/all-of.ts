/** Several decorators of a field as one. Nest's `applyDecorators` does the same, but an adapter needs no Nest. */
export const allOf =
  (...decorators: readonly PropertyDecorator[]): PropertyDecorator =>
  (target, property) => {
    for (const decorate of decorators) decorate(target, property);
  };
