/** A while that holds pauses as well as work: while it works, every process is full. */
const WINDOW_MS = 300;

/** How busy the event loop of this process was over the last while. */
export class EventLoopLoad {
  private lastUtilization = 0;
  private windowStart = performance.eventLoopUtilization();

  /** The share of its time, from 0 to 1. Costs little: to be asked at every turn. */
  get utilization(): number {
    const { idle, active, utilization } = performance.eventLoopUtilization(this.windowStart);
    if (idle + active >= WINDOW_MS) {
      this.lastUtilization = utilization;
      this.windowStart = performance.eventLoopUtilization();
    }
    return this.lastUtilization;
  }
}
