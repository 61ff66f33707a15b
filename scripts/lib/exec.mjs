// Starting programs from the scripts: argument arrays only, never a shell string, output kept for the message of a failure.
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import path from 'node:path';

const windows = process.platform === 'win32';

/** A program that ended with another code than 0, or could not be started. */
export class CommandError extends Error {
  /**
   * @param {string} command
   * @param {number | null} code
   * @param {string} output
   */
  constructor(command, code, output) {
    super(`${command} ended with code ${code ?? 'none'}${output ? `:\n${tail(output)}` : ''}`);
    this.name = 'CommandError';
    this.code = code;
    this.output = output;
  }
}

/** @param {string} text */
function tail(text, lines = 40) {
  return text.trimEnd().split('\n').slice(-lines).join('\n');
}

/**
 * Runs a program to its end. Output is captured, and shown as it comes with `show`.
 * @param {string} file
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, show?: boolean }} [options]
 * @returns {Promise<string>} stdout and stderr together
 */
export function run(file, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
        output += text;
        if (options.show) process.stdout.write(text);
      });
    }
    const name = [path.basename(file), ...args].join(' ');
    child.on('error', (error) => reject(new CommandError(name, null, error.message)));
    child.on('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new CommandError(name, code, options.show ? '' : output));
    });
  });
}

/**
 * Runs another of the project's scripts, or any JavaScript program, with this Node.
 * @param {readonly string[]} args
 * @param {Parameters<typeof run>[2]} [options]
 */
export function node(args, options) {
  return run(process.execPath, args, options);
}

/** The entry point of npm, run with Node itself because `npm.cmd` would need a shell on Windows. */
export function npmCli() {
  const home = path.dirname(process.execPath);
  const candidates = [
    process.env['npm_execpath'],
    path.join(home, 'node_modules/npm/bin/npm-cli.js'),
    path.join(home, '../lib/node_modules/npm/bin/npm-cli.js'),
    '/usr/share/nodejs/npm/bin/npm-cli.js',
    '/usr/lib/node_modules/npm/bin/npm-cli.js',
  ];
  const found = candidates.find((file) => file && path.basename(file) === 'npm-cli.js' && existsSync(file));
  if (!found) throw new Error('npm was not found beside Node. Install npm 10 or newer, then run this again.');
  return found;
}

/**
 * Runs npm.
 * @param {readonly string[]} args
 * @param {Parameters<typeof run>[2]} [options]
 */
export function npm(args, options) {
  return node([npmCli(), ...args], options);
}

/**
 * The full path of a program on PATH, or undefined.
 * @param {string} name
 */
export function which(name) {
  const extensions = windows ? (process.env['PATHEXT'] ?? '.EXE;.CMD').split(';') : [''];
  for (const folder of (process.env['PATH'] ?? '').split(path.delimiter)) {
    for (const extension of extensions) {
      const file = path.join(folder, name + extension);
      try {
        accessSync(file, constants.X_OK);
        return file;
      } catch {
        // Not in this folder.
      }
    }
  }
  return undefined;
}

/** @type {Set<import('node:child_process').ChildProcess>} */
const background = new Set();

/**
 * Starts a program that goes on until `stopTree` or until this process ends, with everything it starts itself.
 * @param {string} file
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 */
export function startTree(file, args, options = {}) {
  // A group of its own, so that the whole tree can be ended by one signal.
  const child = spawn(file, args, { ...options, detached: !windows, stdio: ['ignore', 'pipe', 'pipe'] });
  if (background.size === 0) process.on('exit', stopAll);
  background.add(child);
  child.on('exit', () => background.delete(child));
  return child;
}

/**
 * Ends a program started by `startTree` and all its children.
 * @param {import('node:child_process').ChildProcess} child
 */
export function stopTree(child, signal = /** @type {NodeJS.Signals} */ ('SIGTERM')) {
  if (child.pid === undefined) return;
  try {
    if (windows) spawnSync('taskkill', ['/pid', String(child.pid), '/T', '/F'], { stdio: 'ignore' });
    else process.kill(-child.pid, signal);
  } catch {
    // The tree has ended already.
  }
}

function stopAll() {
  for (const child of background) stopTree(child, 'SIGKILL');
}

for (const signal of /** @type {NodeJS.Signals[]} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  // `exit` handlers do not run when a signal ends Node, unless the signal is turned into an exit.
  process.once(signal, () => process.exit(signal === 'SIGINT' ? 130 : 143));
}

/** True for the superuser, who may install packages and must run Chromium without its sandbox. */
export const isRoot = process.getuid?.() === 0;
