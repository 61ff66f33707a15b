// VS Code's own server: the same workbench and extension host as on the desktop, from the npm registry, shown by any browser.
// It serves `npm start` where no desktop VS Code is found, and the tests of the real editor everywhere.
import { createServer } from 'node:net';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CommandError, npm, npmCli, run, startTree, stopTree } from './exec.mjs';
import { cache } from './paths.mjs';

/**
 * The VS Code versions we know how to install: the oldest that the extension supports, and a current one. Each needs the
 * Node that it was built for; `native` are the add-ons worth compiling, all optional.
 */
export const versions = /** @type {const} */ ({
  minimum: {
    vscode: '1.100.3',
    package: 'code-server@4.100.3',
    node: 20,
    native: ['@vscode/spdlog', 'native-watchdog', 'node-pty'],
  },
  current: {
    vscode: '1.139.1',
    package: 'code-server@4.139.1',
    node: 24,
    native: ['@vscode/spdlog', '@vscode/native-watchdog'],
  },
});

/** @typedef {keyof typeof versions} VersionName */
/** @typedef {{ vscode: string, folder: string, node: string }} Installation */

/** Changes when the way of installing changes, so that an old installation is redone. */
const recipe = 2;

/**
 * Installs a VS Code server unless it is there already. A half-finished installation is thrown away and redone.
 * @param {VersionName} name
 * @param {(message: string) => void} [say]
 * @returns {Promise<Installation>}
 */
export async function installServer(name, say = console.log) {
  const version = versions[name];
  const home = path.join(cache, `vscode-server-${version.vscode}`);
  const stamp = path.join(home, 'installed.json');
  const folder = path.join(home, 'node_modules/code-server/lib/vscode');
  const node = nodeFor(version.node, home);
  const expected = JSON.stringify({ recipe, package: version.package, node: node.package ?? process.version });
  const installed = async () => existsSync(stamp) && (await readFile(stamp, 'utf8')) === expected;
  if (await installed()) return { vscode: version.vscode, folder, node: node.file };

  say(`Installing VS Code ${version.vscode}'s server from npm (once, about a minute) …`);
  // Built beside its final place and moved when complete: what stands there under the final name always works. Two that
  // install at the same time (`npm start` beside `npm test`) each have a draft of their own.
  await removeAbandoned(home);
  const draft = `${home}.${process.pid}.partial`;
  await mkdir(draft, { recursive: true });
  await writeFile(path.join(draft, 'package.json'), '{"private":true}\n');
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const packages = [version.package, ...(node.package ? [node.package] : [])];
  try {
    // --force: the package names the Node it wants; we start it with that Node whatever runs npm.
    await npm(['install', ...packages, ...quiet, '--force'], { cwd: draft });
    const inside = path.join(draft, 'node_modules/code-server/lib/vscode');
    await npm(['install', '--omit=dev', ...quiet, '--force'], { cwd: inside });
    await compileAddons(inside, version.native, node.package ? nodeFor(version.node, draft).file : node.file, say);
  } catch (error) {
    throw new Error(
      `VS Code's server could not be installed from npm. Check that the npm registry is reachable ` +
        `(\`npm ping\`), then run this again.\n${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
  await writeFile(path.join(draft, 'installed.json'), expected);
  if (await installed()) {
    await rm(draft, { recursive: true, force: true });
  } else {
    await rm(home, { recursive: true, force: true });
    await rename(draft, home);
  }
  return { vscode: version.vscode, folder, node: node.file };
}

/**
 * Removes the drafts of installations whose process is gone.
 * @param {string} home
 */
async function removeAbandoned(home) {
  await mkdir(path.dirname(home), { recursive: true });
  for (const name of await readdir(path.dirname(home))) {
    const [, pid] = /^\.(\d+)\.partial$/.exec(name.slice(path.basename(home).length)) ?? [];
    if (!name.startsWith(path.basename(home)) || pid === undefined || isAlive(Number(pid))) continue;
    await rm(path.join(path.dirname(home), name), { recursive: true, force: true });
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/**
 * The Node that a server version runs on: ours when it has that major version, otherwise one from the npm registry.
 * @param {number} major
 * @param {string} home
 * @returns {{ file: string, package?: string }}
 */
function nodeFor(major, home) {
  if (Number(process.versions.node.split('.')[0]) === major) return { file: process.execPath };
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const file = path.join(home, 'node_modules', name, process.platform === 'win32' ? 'bin/node.exe' : 'bin/node');
  return { file, package: `${name}@${major}` };
}

/**
 * Compiles native add-ons. The server runs without them (plainer logs, no terminal, slower end of its children), so that a
 * missing compiler is worth a line and no more.
 * @param {string} folder
 * @param {readonly string[]} addons
 * @param {string} node
 * @param {(message: string) => void} say
 */
async function compileAddons(folder, addons, node, say) {
  // node-gyp itself rather than `npm rebuild`: some install scripts go on to download things.
  const gyp = path.join(path.dirname(npmCli()), '../node_modules/node-gyp/bin/node-gyp.js');
  const headers = path.join(path.dirname(node), '..');
  // As a variable, because node-gyp prefers npm's own setting, which may be for another Node, to an argument.
  const env = existsSync(path.join(headers, 'include/node/node.h')) ? { npm_config_nodedir: headers } : {};
  const outcomes = await Promise.allSettled(
    addons.map((addon) => run(node, [gyp, 'rebuild'], { cwd: path.join(folder, 'node_modules', addon), env })),
  );
  const failed = addons.filter((_, index) => outcomes[index]?.status === 'rejected');
  if (failed.length === 0) return;
  say(
    `  ${failed.join(', ')} could not be compiled; the editor works without. For its terminal install a C++ compiler, ` +
      'make and python3 (Debian: apt-get install g++ make python3), then delete .vscode-test.',
  );
}

/** User settings of an editor for demonstration and test: nothing that asks, advertises, or calls home. */
export const quietSettings = {
  'chat.disableAIFeatures': true,
  'chat.commandCenter.enabled': false,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'git.autoRepositoryDetection': false,
  'git.enabled': false,
  'security.workspace.trust.banner': 'never',
  'security.workspace.trust.startupPrompt': 'never',
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
};

/**
 * @typedef {object} ServerOptions
 * @property {Installation} installation
 * @property {string} data where the server keeps settings, state and logs
 * @property {string} [extensions] its folder of installed extensions
 * @property {number} [port]
 * @property {string} [folder] what the plain address opens
 * @property {boolean} [trusted] false: folders open in Restricted Mode
 * @property {Record<string, unknown>} [settings]
 * @property {NodeJS.ProcessEnv} [env]
 */

/**
 * @typedef {object} Server
 * @property {number} port
 * @property {string} authority
 * @property {() => string} log everything that the server printed so far
 * @property {Promise<number | null>} ended
 * @property {() => Promise<void>} stop
 */

/**
 * Starts a server on this machine only and waits until it answers.
 * @param {ServerOptions} options
 * @returns {Promise<Server>}
 */
export async function startServer(options) {
  const port = options.port ?? (await freePort());
  const userData = path.join(options.data, 'data/User');
  await mkdir(userData, { recursive: true });
  const settings = { ...quietSettings, ...options.settings };
  await writeFile(path.join(userData, 'settings.json'), JSON.stringify(settings, null, 2));
  const args = [
    ...serverArguments(options.data, options.extensions),
    '--host=127.0.0.1',
    `--port=${port}`,
    '--without-connection-token',
    // Without it, newer servers ignore an extension or a test suite named in the address of the page.
    '--enable-smoke-test-driver',
    // Otherwise the user's shell would be asked for a PATH in place of the one that is given.
    ...(options.env?.['PATH'] === undefined ? [] : ['--force-disable-user-env']),
    ...(options.trusted === false ? [] : ['--disable-workspace-trust']),
    ...(options.folder ? [`--default-folder=${options.folder}`] : []),
  ];
  const child = startTree(options.installation.node, [serverMain(options.installation), ...args], {
    env: serverEnvironment(options.env),
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (/** @type {string} */ text) => (log += text));
  }
  /** @type {Promise<number | null>} */
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const started = await Promise.race([answers(`http://127.0.0.1:${port}/version`), ended.then(() => false)]);
  if (!started) {
    stopTree(child, 'SIGKILL');
    throw new CommandError("VS Code's server", child.exitCode, log);
  }
  return {
    port,
    authority: `127.0.0.1:${port}`,
    log: () => log,
    ended,
    stop: async () => {
      stopTree(child);
      const late = setTimeout(() => stopTree(child, 'SIGKILL'), 3000);
      await ended;
      clearTimeout(late);
      // What ignored the first signal: an extension host that waits for its editor to come back.
      stopTree(child, 'SIGKILL');
    },
  };
}

/**
 * Installs a packaged extension, as the command `code --install-extension` would.
 * @param {Installation} installation
 * @param {{ data: string, extensions: string, vsix: string }} options
 */
export function installExtension(installation, { data, extensions, vsix }) {
  return run(
    installation.node,
    [serverMain(installation), ...serverArguments(data, extensions), '--install-extension', vsix, '--force'],
    { env: serverEnvironment() },
  );
}

/** @param {Installation} installation */
function serverMain(installation) {
  return path.join(installation.folder, 'out/server-main.js');
}

/**
 * @param {string} data
 * @param {string} [extensions]
 */
function serverArguments(data, extensions = path.join(data, 'extensions')) {
  return [
    '--accept-server-license-terms',
    '--disable-telemetry',
    '--telemetry-level=off',
    `--server-data-dir=${data}`,
    `--extensions-dir=${extensions}`,
  ];
}

/**
 * The environment for a server, without what an editor around this terminal put into it.
 * @param {NodeJS.ProcessEnv} [extra]
 */
function serverEnvironment(extra) {
  const env = { ...process.env, ...extra };
  for (const name of Object.keys(env)) {
    if (/^(VSCODE_|ELECTRON_)/.test(name) || name === 'NODE_OPTIONS') delete env[name];
  }
  return env;
}

/**
 * The address of the editor on a folder.
 * @param {Server} server
 * @param {{ folder: string, file?: string, extension?: string, tests?: string }} options
 */
export function editorUrl(server, { folder, file, extension, tests }) {
  /** @param {string} place */
  const remote = (place) => `vscode-remote://${server.authority}${urlPath(place)}`;
  const payload = [
    ...(file ? [['openFile', remote(file)]] : []),
    ...(extension ? [['extensionDevelopmentPath', remote(extension)]] : []),
    ...(tests ? [['extensionTestsPath', remote(tests)]] : []),
  ];
  const query = new URLSearchParams({ folder: urlPath(folder) });
  if (payload.length > 0) query.set('payload', JSON.stringify(payload));
  return `http://${server.authority}/?${query.toString()}`;
}

/** @param {string} file */
function urlPath(file) {
  const slashes = file.replaceAll('\\', '/');
  return slashes.startsWith('/') ? slashes : `/${slashes}`;
}

/**
 * A port that nobody listens on: the preferred one if it can be had.
 * @returns {Promise<number>}
 */
export function freePort(preferred = 0) {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error) => (preferred === 0 ? reject(error) : resolve(freePort())));
    probe.listen(preferred, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** @param {string} url */
async function answers(url) {
  // A cold start on a busy machine takes a few seconds; a minute means that something is wrong.
  for (const end = Date.now() + 60_000; Date.now() < end;) {
    try {
      if ((await fetch(url)).ok) return true;
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}
