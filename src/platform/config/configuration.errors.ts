/**
 * The service cannot start with this configuration. The message is printed to the terminal as it is. It has one line
 * per fault, which names the variable and what is expected. It never contains a value.
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
