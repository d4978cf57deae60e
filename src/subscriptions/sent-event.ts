import type { LoggedEvent, PublishedEvent } from '../feature.js';

/** An event with what is sent of its place in the log. */
export type SentEvent = PublishedEvent & Pick<LoggedEvent, 'sequence'>;
