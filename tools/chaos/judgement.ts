/** What is wrong after a round. Only the two numbers about the window of a fault may be above 0. */
export interface Judgement {
  /** Acknowledged, and not stored. */
  lost: string[];
  /** Stored, with a wrong result. */
  wrong: string[];
  /** Done more than once. */
  duplicated: string[];
  /**
   * Mails that were sent twice although the first was marked as sent, or without a fault in between; events that were sent
   * again to a subscriber that had taken them, or had answered 410, without a fault in between.
   */
  repeatedOutsideWindow: string[];
  /** Those that a fault in between explains, as it prevented the mark of the first. The service does not exclude this. */
  repeatedInWindow: number;
  /** Mails that were sent, lost their mark to a fault, and were suppressed correctly at the next decision. */
  unmarkedInWindow: number;
  /** By channel and kind: how many messages were taken, and how many requests or mails came again. */
  messages: Record<string, Counts>;
  /** By subscriber: how many events came, and how many requests came again with one of them. */
  subscribers: Record<string, Counts>;
}

export interface Counts {
  taken: number;
  again: number;
}
