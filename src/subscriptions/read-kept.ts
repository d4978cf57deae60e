import { type EventLog, type EventPage, EventsExpiredError, type ReadEvents } from '../feature.js';

/** Reads the log on. Where the next event was removed by age, the oldest one that is kept comes next. */
export async function readKept(log: EventLog, asked: ReadEvents): Promise<EventPage> {
  try {
    return await log.read(asked);
  } catch (error) {
    if (error instanceof EventsExpiredError) return log.read({ ...asked, after: null });
    throw error;
  }
}
