/** A part of the log that was read. Once it is done, what is known of it stands in the table. */
export interface LogEntry {
  position: string;
  isDone: boolean;
}

/** How far a subscriber read the log, and how far everything that it read is done. */
export class LogProgress {
  private entries: LogEntry[] = [];
  /** Everything up to here is taken in. */
  readTo: string;
  /** What {@link save} was told last. */
  private savedTo: string;

  constructor(position: string) {
    this.readTo = this.savedTo = position;
  }

  /** How much was read beyond what is done. */
  get length(): number {
    return this.entries.length;
  }
  /** Everything up to here is done. */
  get doneTo(): string {
    return this.entries[this.openAt - 1]?.position ?? this.savedTo;
  }
  get isSaved(): boolean {
    return this.doneTo === this.savedTo;
  }

  /** Adds what was read up to this position. Neighbours that are done become one. */
  add(position: string, isDone: boolean): LogEntry {
    this.readTo = position;
    const last = this.entries.at(-1);
    if (isDone && last?.isDone === true) {
      last.position = position;
      return last;
    }
    const entry = { position, isDone };
    this.entries.push(entry);
    return entry;
  }

  /** Forgets what is done. Returns up to where. */
  save(): string {
    this.savedTo = this.doneTo;
    this.entries.splice(0, this.openAt);
    return this.savedTo;
  }

  /** Where the first entry stands that is not done. */
  private get openAt(): number {
    const at = this.entries.findIndex(({ isDone }) => !isDone);
    return at < 0 ? this.entries.length : at;
  }
}
