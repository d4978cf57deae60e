import { parseArgs, type ParseArgsConfig } from 'node:util';

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

/**
 * Runs the command and sets the exit code that it resolves with; 2 where it could not run. A command imports the
 * application after it has read its options: that takes a second, and a wrong option is answered at once.
 */
export function runCommand(command: () => Promise<number>): void {
  command().then(
    (code) => {
      process.exitCode = code;
    },
    async (error: unknown) => {
      process.stderr.write(`${await messageOf(error)}\n`);
      process.exit(2);
    },
  );
}

async function messageOf(error: unknown): Promise<string> {
  if (error instanceof CommandError) return error.message;
  const { startupErrorMessage } = await import('../app/startup-error.js');
  return startupErrorMessage(error);
}

export const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
