/**
 * Ends what this process leaves behind when it is killed and can end nothing itself. The keeper is a process beside it
 * that reads which process groups run and which folders are private; when its input ends, whatever ended this process,
 * it kills the groups and removes the folders. Windows ends children with their parent by itself.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';

/**
 * A shell, because it costs a megabyte and a millisecond where Node would cost forty of each. The script is constant;
 * numbers and names reach it as data, one a line.
 */
const script = `
trap '' HUP INT TERM
groups=' '
while IFS= read -r line; do
  name=\${line#? }
  case $line in
    '+ '*) groups="$groups$name " ;;
    '- '*)
      case $groups in
        *" $name "*) groups="\${groups%% "$name" *} \${groups#* "$name" }" ;;
      esac ;;
    '/ '*) set -- "$@" "$name" ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group"; done
for folder; do
  for attempt in 1 2 3; do
    rm -rf -- "$folder"
    [ -e "$folder" ] || break
    sleep 1
  done
done
`;

/** A keeper that somebody ends is started anew; where it cannot live, children end with this process only if it ends in order. */
const startsAtMost = 3;

const groups = new Set<number>();
const folders = new Set<string>();
let keeper: ChildProcess | undefined;
let starts = 0;

export function keepGroup(pid: number): void {
  groups.add(pid);
  tell(`+ ${pid}`);
}

export function releaseGroup(pid: number): void {
  groups.delete(pid);
  tell(`- ${pid}`);
}

/** The folder is removed when this process has ended. */
export function keepFolder(folder: string): void {
  // A name that is two lines would be two other folders.
  if (folder.includes('\n')) return;
  folders.add(folder);
  tell(`/ ${folder}`);
}

function tell(line: string): void {
  if (process.platform === 'win32') return;
  if (keeper === undefined) start();
  else keeper.stdin?.write(`${line}\n`);
}

/** Tells a new keeper everything there is. */
function start(): void {
  if (starts++ === startsAtMost) return;
  const child = spawn('/bin/sh', ['-c', script], {
    // In a group and session of its own, so that what ends ours does not reach it, and in nobody's way.
    detached: true,
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  keeper = child;
  child.on('error', () => (keeper = undefined));
  child.on('exit', () => (keeper = undefined));
  child.stdin.on('error', () => undefined);
  // It must not keep a finished program from ending.
  child.unref();
  (child.stdin as Socket).unref();
  const lines = [...[...groups].map((pid) => `+ ${pid}`), ...[...folders].map((folder) => `/ ${folder}`)];
  child.stdin.write(`${lines.join('\n')}\n`);
}
