/** The variables that any child process needs on this machine. None of them configures the service. */
export function bareEnvironment(): Record<string, string> {
  const needed = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'USER'];
  return Object.fromEntries(
    needed.map((name) => [name, process.env[name] ?? ''] as const).filter(([, value]) => value !== ''),
  );
}
