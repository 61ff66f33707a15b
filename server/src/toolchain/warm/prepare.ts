/** What a pass needs before it can wait: the preamble, preprocessed once, and the macros alive at its end. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runProcess, type ProcessOptions } from '../../process';
import { parseNvccOutput, type CompilerMessage } from '../messages';
import type { Pass } from './passes';
import type { PreparedPass } from './waiting-pass';

export const stepTimeLimitMs = 60_000;

/** Macros every preprocessor predefines even with -undef; defining them again would only warn. */
const predefined = /^#define (?:__STDC\w*|__cplusplus)\b/;

/** `folder` is the pass's own and is made. A preamble that does not preprocess is answered with gcc's words. */
export async function preparePass(
  pass: Pass,
  source: string,
  folder: string,
  limits: ProcessOptions,
): Promise<PreparedPass | { readonly messages: readonly CompilerMessage[] }> {
  await mkdir(folder);
  const text = path.join(folder, 'preamble.ii');
  const macros = path.join(folder, 'macros.h');
  const { executable, args } = pass.preprocess;
  const found = { ...limits, env: { ...limits.env, PATH: pass.searchPath } };
  const [preprocess, define] = await Promise.all([
    runProcess(executable, [...args, source, '-o', text], found),
    runProcess(executable, [...args, '-dM', source, '-o', macros], found),
  ]);
  if (preprocess.status !== 'exited' || define.status !== 'exited')
    throw new Error('the preamble could not be preprocessed');
  if (preprocess.code !== 0) return { messages: parseNvccOutput(preprocess.stderr) };
  const defined = await readFile(macros, 'utf8');
  const kept = defined.split('\n').filter((line) => !predefined.test(line));
  await writeFile(macros, kept.join('\n'));
  return { pass, folder, preprocessed: await readFile(text, 'utf8'), macros };
}
