/**
 * An error with a message for operators. Its name and message are logged, stored with the failed work, and shown by the
 * API. The message is a fixed sentence plus codes. It must not contain a value from outside, such as an address, a
 * payload or a server's text. Of every other error only the class and the code are shown.
 *
 * `name` is the class name, unless a subclass sets another one.
 */
export abstract class ReportableError extends Error {
  constructor(message?: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}
