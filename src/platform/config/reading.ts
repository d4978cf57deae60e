/** What a text should have been: sentences without their subject (`must be …`), none repeating the text. */
export class InvalidValue {
  readonly sentences: readonly string[];

  constructor(...sentences: string[]) {
    this.sentences = sentences;
  }
}

/** How the text of one variable becomes its value. Pure; an answer of {@link InvalidValue} is a fault of that variable. */
export type Parser<T> = (text: string, place: { production: boolean }) => T | InvalidValue;

/** Gathers what is wrong, so that all of it is told at once. */
export class Faults {
  readonly #sentences: string[] = [];

  add(variable: string, sentence: string): void {
    this.#sentences.push(`${variable} ${sentence}`);
  }

  /** The value, or null after noting what is wrong with it. */
  unwrap<T>(variable: string, value: T | InvalidValue): T | null {
    if (!(value instanceof InvalidValue)) return value;
    for (const sentence of value.sentences) this.add(variable, sentence);
    return null;
  }

  get sentences(): readonly string[] {
    return this.#sentences;
  }
}
