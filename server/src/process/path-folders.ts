/** The folders in which programs are looked for by their name, each once: PATH often names one twice. */
export function foldersInPath(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string[] {
  const [separator, atEnd] = platform === 'win32' ? [';', /[\\/]+$/] : [':', /\/+$/];
  const folders = new Map<string, string>();
  for (const folder of (env['PATH'] ?? '').split(separator)) {
    const key = folder.replace(atEnd, '');
    if (folder !== '' && !folders.has(key)) folders.set(key, folder);
  }
  return [...folders.values()];
}
