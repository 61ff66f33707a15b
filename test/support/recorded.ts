// What stands in for a machine with a GPU: NVIDIA's tools and our GPU runner, answering as they did on one (recorded-tools/,
// recorded-gpu/). nvcc, the server, the editor and everything between them is the real thing.
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { locateToolkit } from '../../server/src/toolchain';
import { root } from '../../scripts/lib/paths.mjs';

const hold = path.join(root, 'test/support/hold.cjs');
const allTools = ['ncu', 'compute-sanitizer', 'nvdisasm'] as const;
export type RecordedTool = (typeof allTools)[number];

export interface RecordedTools {
  /** A file of answers. */
  readonly recording: string;
  readonly tools: readonly RecordedTool[];
  /** Answers before those of the file. */
  readonly first?: readonly RecordedAnswer[];
}

/** What a tool said to a question, and when: milliseconds after it was started. */
export interface RecordedAnswer {
  readonly tool: RecordedTool;
  readonly key: string;
  readonly code: number;
  readonly chunks: readonly (readonly [at: number, stream: 'stdout' | 'stderr', text: string])[];
  /** The name of a report of ncu's: a file with this name in it stands for it. */
  readonly report?: string;
}

/** ncu's pages of a report, as test/fixtures/ncu keeps them. */
export function pagesOf(report: string, fixture: string): RecordedAnswer[] {
  return ['raw', 'details', 'source'].map((page) => {
    const text = readFileSync(path.join(root, `test/fixtures/ncu/${fixture}-${page}.csv`), 'utf8');
    const chunks = [[0, 'stdout', text.replaceAll('/home/user/demo', '${folder}')]] as const;
    return { tool: 'ncu', key: `page ${page}`, code: 0, chunks, report };
  });
}

/**
 * A CUDA Toolkit that is this machine's, but for the tools, which answer from a recording about sources that are now in `folder`.
 * Of the tools it has those that are named, and no others.
 */
export async function recordedToolkit(
  home: string,
  { recording, tools, first = [] }: RecordedTools,
  folder: string,
): Promise<string> {
  const search = await locateToolkit({ setting: '', hostCompiler: '' });
  if (!search.found) throw new Error(search.message);
  const { root: real } = search.toolkit;
  const place = path.join(home, 'cuda');
  const bin = path.join(place, 'bin');
  mkdirSync(bin, { recursive: true });
  const link = (from: string, to: string, but: readonly string[]) => {
    for (const name of readdirSync(from)) {
      if (!but.includes(name)) symlinkSync(path.join(from, name), path.join(to, name));
    }
  };
  link(real, place, ['bin', ...allTools]);
  // A copied nvcc, because a linked one leads to the toolkit that it is of.
  const copied = ['nvcc', 'nvcc.profile'];
  link(path.join(real, 'bin'), bin, [...copied, ...allTools]);
  for (const name of copied) cpSync(path.join(real, 'bin', name), path.join(bin, name), { dereference: true });

  const support = path.join(root, 'test/support/recorded-tools');
  for (const tool of tools) {
    cpSync(path.join(support, 'player.cjs'), path.join(bin, tool));
    chmodSync(path.join(bin, tool), 0o755);
  }
  cpSync(path.join(support, 'recording.cjs'), path.join(bin, 'recording.cjs'));
  cpSync(hold, path.join(bin, path.basename(hold)));
  const recorded = JSON.parse(readFileSync(recording, 'utf8')) as RecordedAnswer[];
  writeFileSync(path.join(bin, 'recorded.json'), JSON.stringify([...first, ...recorded]));
  writeFileSync(path.join(bin, 'folder.json'), JSON.stringify(folder));
  return place;
}

/** Lets no stand-in end what it began, until what is returned is called. `home` is what they were put into. */
export function holdStandIns(home: string): () => void {
  const places = [path.join(home, 'extension', 'dist'), path.join(home, 'cuda', 'bin')].filter((place) =>
    existsSync(place),
  );
  const files = places.map((place) => path.join(place, 'hold'));
  for (const file of files) writeFileSync(file, '');
  return () => {
    for (const file of files) rmSync(file, { force: true });
  };
}

/** A copy of the extension whose GPU runner answers from a recording. */
export function withRecordedGpu(home: string, recording: string): string {
  const extension = path.join(home, 'extension');
  mkdirSync(extension);
  for (const name of readdirSync(root)) {
    if (/^(package\..*json|l10n|syntaxes|snippets|docs|examples)$/.test(name))
      symlinkSync(path.join(root, name), path.join(extension, name));
  }
  const dist = path.join(extension, 'dist');
  cpSync(path.join(root, 'dist'), dist, { recursive: true });
  const player = path.join(root, 'test/support/recorded-gpu');
  cpSync(path.join(player, 'player.cjs'), path.join(dist, 'gpu-runner.js'));
  cpSync(path.join(player, 'recording.cjs'), path.join(dist, 'recording.cjs'));
  cpSync(hold, path.join(dist, path.basename(hold)));
  cpSync(recording, path.join(dist, 'recorded-runs.json'));
  return extension;
}
