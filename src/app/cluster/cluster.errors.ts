/** A worker could not start, and so the service does not. The message is the worker's own, for who started it. */
export class WorkerStartError extends Error {
  override readonly name = 'WorkersFailed';
}
