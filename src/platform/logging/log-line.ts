/** Fields of a log line: ids, names and numbers. They must not contain personal data or payloads. */
export type LogFields = Readonly<
  Record<string, string | number | boolean | null | undefined | readonly string[]>
> & {
  /** Reserved: every line has a field of this name. */
  readonly level?: never;
  readonly time?: never;
  readonly context?: never;
  readonly msg?: never;
};

/**
 * A log sentence with searchable fields. The logger redacts and writes the fields of this class only. It drops every
 * other object, because payloads could be logged that way.
 */
export class LogLine {
  constructor(
    readonly sentence: string,
    readonly fields: LogFields,
  ) {}

  /** The text for a logger without support for fields. */
  toString(): string {
    return this.sentence;
  }
}
