/** What any program needs to run on this machine, and nothing that would configure the service: for child processes. */
export function bareEnvironment(): Record<string, string> {
  const needed = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'USER'];
  return Object.fromEntries(
    needed.map((name) => [name, process.env[name] ?? ''] as const).filter(([, value]) => value !== ''),
  );
}
