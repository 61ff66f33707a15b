import os from 'node:os';
import type { Environment, GpuDevice } from '../../../protocol/src';
import { chooseDevice, queryDevices } from '../runner';
import type { Session } from '../session';

/** Where the next run would take place and with which toolkit, for the editor's status. Starts processes: trusted workspaces only. */
export async function environment(session: Session): Promise<Environment> {
  const search = await session.toolkit();
  const toolkit = search.found ? search.toolkit : undefined;
  const place = await chooseDevice({ device: session.settings.run.device, toolkit });
  session.gpu = place.kind === 'gpu' ? await firstGpu() : undefined;
  const name = place.kind === 'gpu' ? session.gpu?.name : os.cpus()[0]?.model.trim();
  return {
    ...(toolkit && {
      toolkitVersion: `${toolkit.version.major}.${toolkit.version.minor}`,
      toolkitRoot: toolkit.root,
    }),
    ...(place.kind !== 'none' && { device: { kind: place.kind, name: name ?? '' } }),
  };
}

/** Runs take the driver's first device. */
async function firstGpu(): Promise<GpuDevice | undefined> {
  const answer = await queryDevices();
  return 'devices' in answer ? answer.devices[0] : undefined;
}
