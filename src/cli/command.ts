import { parseArgs, type ParseArgsConfig } from 'node:util';
import { startupErrorMessage } from '../app/startup-error.js';

/** The command cannot run. The message is a sentence for the person who called it. */
export class CommandError extends Error {}

/** The options of a command without positional arguments. @throws CommandError for every other argument. */
export function readOptions<const Options extends NonNullable<ParseArgsConfig['options']>>(
  options: Options,
): ReturnType<typeof parseArgs<{ options: Options }>>['values'] {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    // Node's message names the option and never its value. What follows its first sentence is of no use here.
    const [sentence = ''] = error instanceof Error ? error.message.split(/\.?(?:\s*\n|\. |$)/) : [];
    throw new CommandError(`${sentence}.`, { cause: error });
  }
}

/** Runs the command and sets the exit code that it resolves with; 2 where it could not run. */
export function runCommand(command: () => Promise<number>): void {
  command().then(
    (code) => {
      process.exitCode = code;
    },
    (error: unknown) => {
      const message = error instanceof CommandError ? error.message : startupErrorMessage(error);
      process.stderr.write(`${message}\n`);
      process.exit(2);
    },
  );
}

export const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
