/** The value of a variable is invalid. Sentences have no subject (`must be …`) and never repeat the value. */
export class InvalidValue {
  readonly sentences: readonly string[];

  constructor(...sentences: string[]) {
    this.sentences = sentences;
  }
}

/** Parses the text of one variable. Pure. Returns {@link InvalidValue} for an invalid text. */
export type Parser<T> = (text: string, place: { production: boolean }) => T | InvalidValue;

/** Collects all faults of the configuration, so that they are reported together. */
export class Faults {
  readonly #sentences: string[] = [];

  add(variable: string, sentence: string): void {
    this.#sentences.push(`${variable} ${sentence}`);
  }

  /** Returns the value, or records the faults and returns null. */
  unwrap<T>(variable: string, value: T | InvalidValue): T | null {
    if (!(value instanceof InvalidValue)) return value;
    for (const sentence of value.sentences) this.add(variable, sentence);
    return null;
  }

  get sentences(): readonly string[] {
    return this.#sentences;
  }
}
