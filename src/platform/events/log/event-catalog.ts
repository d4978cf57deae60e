import { WiringError } from '../handler-registry.js';
import type { DataSchema } from '../domain-event.js';
import { type JsonSchema, toMessageSchema } from '../message-schema.js';
import type { AnyDomainEventClass } from '../on-domain-event.decorator.js';
import { shownAs } from '../shown-as.js';

/** The events that other systems are told of, by their names, and what each shows. */
export class EventCatalog {
  private readonly classes = new Map<string, AnyDomainEventClass>();

  constructor(classes: readonly AnyDomainEventClass[]) {
    for (const one of classes) {
      const other = this.classes.get(one.eventName);
      if (other && other !== one)
        throw new WiringError(`${one.name} and ${other.name} have the same event name "${one.eventName}".`);
      this.classes.set(one.eventName, one);
    }
  }

  get names(): readonly string[] {
    return [...this.classes.keys()];
  }

  /** The JSON Schema of the body in which an event is sent; null where no class has the name. */
  schemaOf(name: string): JsonSchema | null {
    const known = this.classes.get(name);
    return known ? toMessageSchema(name, known.shown) : null;
  }

  /**
   * The data of an event as other systems see them: every field that the class declares, and nothing else. An event whose
   * class is gone shows nothing.
   */
  toData(name: string, payload: object): Record<string, unknown> {
    const { defaults = {}, shown = {} } = this.classes.get(name) ?? {};
    return pick({ ...defaults, ...payload }, shownAs.object(shown)) as Record<string, unknown>;
  }

  /** Whether a topic names an event or, as `payment.*`, all events that begin like one. */
  isTopic(topic: string): boolean {
    if (topic === '*') return true;
    if (!topic.endsWith('.*')) return this.classes.has(topic);
    return this.names.some((name) => name.startsWith(topic.slice(0, -1)));
  }
}

/** Objects and lists are followed as far as the schema declares them. A declared field that is missing is null. */
function pick(value: unknown, { properties, items }: DataSchema): unknown {
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) return items ? value.map((item) => pick(item, items)) : [];
  if (typeof value !== 'object') return value;
  const fields = value as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.entries(properties ?? {}).map(([name, schema]) => [name, pick(fields[name], schema)]),
  );
}
