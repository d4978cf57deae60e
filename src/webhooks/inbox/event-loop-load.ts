/** A while that holds pauses as well as work: while it works, every process is full. */
const WHILE_MS = 300;

/** How busy the event loop of this process was over the last while. */
export class BusyLately {
  private lately = 0;
  private since = performance.eventLoopUtilization();

  /** The share of its time, from 0 to 1. Costs little: to be asked at every turn. */
  get utilization(): number {
    const { idle, active, utilization } = performance.eventLoopUtilization(this.since);
    if (idle + active >= WHILE_MS) {
      this.lately = utilization;
      this.since = performance.eventLoopUtilization();
    }
    return this.lately;
  }
}
