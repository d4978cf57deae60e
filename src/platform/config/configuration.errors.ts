/**
 * The service cannot start as it is configured. The message is meant for the terminal as it is: every fault on a
 * line of its own, each naming the variable and what is expected. It never holds a value.
 */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';

  constructor(
    readonly faults: readonly string[],
    options?: ErrorOptions,
  ) {
    const count = faults.length === 1 ? 'One fault' : `${faults.length} faults`;
    super(`${count} in the configuration:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`, options);
  }
}
