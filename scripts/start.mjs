// `npm start`: opens VS Code on examples/ with the extension loaded, in the desktop editor when there is one, else in a browser.
import { spawn } from 'node:child_process';
import { existsSync, rmSync, symlinkSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { isRoot, which } from './lib/exec.mjs';
import { cache, examples, root } from './lib/paths.mjs';
import { editorUrl, freePort, installServer, quietSettings, startServer } from './lib/vscode-server.mjs';
import { build, ensureDependencies } from './setup.mjs';

const help = `npm start [-- OPTIONS] [FOLDER]

Opens VS Code with Kernel Lens on FOLDER (examples/ unless given). Your own VS Code settings and extensions are left alone.

  --desktop    the desktop VS Code (\`code\` must be on PATH); the default where there is one and a display
  --browser    VS Code's server, shown in a browser
  --port N     the port of the server (8765, or a free one when that is taken)
  --no-open    print the address only, start no browser
  --help       this text`;

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    desktop: { type: 'boolean' },
    browser: { type: 'boolean' },
    port: { type: 'string' },
    'no-open': { type: 'boolean' },
    help: { type: 'boolean' },
  },
});

const windows = process.platform === 'win32';
const display =
  windows || process.platform === 'darwin' || Boolean(process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY']);

/** The program behind `code`, unless it is a remote terminal's stand-in, which cannot open a window of its own. */
function desktopEditor() {
  const code = which('code');
  if (!code || code.includes('remote-cli')) return undefined;
  if (!windows) return code;
  // `code.cmd` would need a shell; the program itself stands one folder up.
  const program = path.join(path.dirname(code), '..', 'Code.exe');
  return existsSync(program) ? program : undefined;
}

/**
 * Opens the desktop editor and returns when its window is closed.
 * @param {string} code
 * @param {string} folder
 */
async function startDesktop(code, folder) {
  const profile = path.join(cache, 'desktop');
  const user = path.join(profile, 'data/User');
  await mkdir(user, { recursive: true });
  const settings = path.join(user, 'settings.json');
  if (!existsSync(settings)) await writeFile(settings, JSON.stringify(quietSettings, null, 2));
  const args = [
    `--extensionDevelopmentPath=${root}`,
    `--user-data-dir=${path.join(profile, 'data')}`,
    `--extensions-dir=${path.join(profile, 'extensions')}`,
    '--disable-workspace-trust',
    '--new-window',
    '--wait',
    ...(isRoot ? ['--no-sandbox'] : []),
    folder,
    ...(folder === examples ? [path.join(folder, 'vector_add.cu')] : []),
  ];
  console.log(`Opening ${code} on ${folder} …`);
  const child = spawn(code, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  const exitCode = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  process.exitCode = exitCode ?? 1;
}

/**
 * Serves the editor to a browser until Ctrl+C.
 * @param {string} folder
 */
async function startBrowser(folder) {
  const installation = await installServer('current').catch((error) => {
    console.error(`${error instanceof Error ? error.message : String(error)}\nTrying an older VS Code …`);
    return installServer('minimum');
  });
  const data = path.join(cache, 'start');
  const extensions = path.join(data, 'extensions');
  await mkdir(extensions, { recursive: true });
  // The extension is "installed" as a link to this folder: a plain address serves, and a reload shows the latest build.
  const link = path.join(extensions, 'kernel-lens.kernel-lens-0.0.0');
  rmSync(link, { recursive: true, force: true });
  rmSync(path.join(extensions, 'extensions.json'), { force: true });
  symlinkSync(root, link, 'junction');
  const server = await startServer({
    installation,
    data,
    extensions,
    port: flags.port === undefined ? await freePort(8765) : Number(flags.port),
    folder,
  });
  // A newcomer sees the first example; a folder of one's own opens as it is.
  const first = path.join(folder, 'vector_add.cu');
  const url =
    folder === examples && existsSync(first)
      ? editorUrl(server, { folder, file: first })
      : `http://${server.authority}/`;
  console.log(
    `\nKernel Lens is open on ${path.relative(process.cwd(), folder) || '.'} in VS Code ${installation.vscode}:\n`,
  );
  console.log(`  ${url}\n`);
  if (process.env['SSH_CONNECTION']) {
    console.log(`From your own machine: ssh -L ${server.port}:127.0.0.1:${server.port} <this machine>\n`);
  }
  console.log('Ctrl+C ends it.');
  if (display && !flags['no-open']) openBrowser(url);
  process.exitCode = (await server.ended) ?? 1;
  console.error(server.log());
}

/** @param {string} url */
function openBrowser(url) {
  /** @type {[string, string[]]} */
  const [program, args] = windows
    ? ['rundll32', ['url.dll,FileProtocolHandler', url]]
    : [process.platform === 'darwin' ? 'open' : 'xdg-open', [url]];
  spawn(program, args, { stdio: 'ignore', detached: true })
    .on('error', () => {})
    .unref();
}

async function main() {
  if (flags.help) return console.log(help);
  await ensureDependencies();
  await build();
  const folder = path.resolve(positionals[0] ?? examples);
  const code = flags.browser ? undefined : desktopEditor();
  if (code && (display || flags.desktop)) return startDesktop(code, folder);
  if (flags.desktop) throw new Error('The desktop VS Code was not found: `code` is not on PATH. Try --browser.');
  return startBrowser(folder);
}

main().catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
