/** `kernel-lens doctor`. */
import type { Command } from 'commander';
import { buildTargets, doctor } from '../../handlers/doctor';
import { defaultCacheDirectory } from '../../session';
import { ProjectDatabases } from '../../toolchain';
import { common, findToolkit, settingsFrom, type CommonOptions } from '../options';
import { exitCodes, print, printJson } from '../terminal';
import { doctorText } from '../text';
import type { Finish } from './finish';

export function addDoctor(program: Command, finish: Finish): void {
  common(program.command('doctor'))
    .description('what Kernel Lens found on this machine')
    .action(async (options: CommonOptions) => finish(await checkEnvironment(options)));
}

async function checkEnvironment(options: CommonOptions): Promise<number> {
  const settings = settingsFrom(options);
  const project = { folders: [process.cwd()], buildFolders: [] };
  const report = await doctor({
    settings,
    toolkit: await findToolkit(settings),
    cacheDirectory: defaultCacheDirectory(),
    targets: await buildTargets(settings, [], new ProjectDatabases(), project),
  });
  if (options.format === 'json') printJson(report);
  else print(doctorText(report));
  return report.checks.some(({ state }) => state === 'error') ? exitCodes.problems : exitCodes.ok;
}
