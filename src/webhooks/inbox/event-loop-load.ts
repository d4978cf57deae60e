/** Long enough to hold work and the pauses between: a shorter window inside one piece of work shows a full process. */
const WINDOW_MS = 300;

/** How busy the event loop of this process was in the last complete window of 300 ms. */
export class EventLoopLoad {
  private lastUtilization = 0;
  private windowStart = performance.eventLoopUtilization();

  /** The busy share of the time, from 0 to 1. It is cheap enough to be read before every flush. */
  get utilization(): number {
    const { idle, active, utilization } = performance.eventLoopUtilization(this.windowStart);
    if (idle + active >= WINDOW_MS) {
      this.lastUtilization = utilization;
      this.windowStart = performance.eventLoopUtilization();
    }
    return this.lastUtilization;
  }
}
