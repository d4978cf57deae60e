/** A worker could not start, so the service does not start. The message is the worker's sentence for the operator. */
export class WorkerStartError extends Error {
  override readonly name = 'WorkerStartError';
}
