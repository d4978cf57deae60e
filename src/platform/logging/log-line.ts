/** What stands beside a sentence in the log, by name: ids, names and numbers, never a person's data or a payload. */
export type LogFields = Readonly<
  Record<string, string | number | boolean | null | undefined | readonly string[]>
> & {
  /** Taken by every line. */
  readonly level?: never;
  readonly time?: never;
  readonly context?: never;
  readonly msg?: never;
};

/**
 * A sentence for the log with fields that can be searched for. The service's logger writes the fields of this class
 * alone, each redacted; any other object that is logged stays out, as payloads would come that way.
 */
export class LogLine {
  constructor(
    readonly sentence: string,
    readonly fields: LogFields,
  ) {}

  /** For a logger that knows nothing of fields. */
  toString(): string {
    return this.sentence;
  }
}
