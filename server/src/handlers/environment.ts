import os from 'node:os';
import type { Environment, GpuDevice } from '../../../protocol/src';
import { chooseDevice, queryDevices, queryGpu } from '../runner';
import type { Session } from '../session';

/** Where the next run would take place and with which toolkit, for the editor's status. Starts processes: trusted workspaces only. */
export async function environment(session: Session): Promise<Environment> {
  const search = await session.toolkit();
  const toolkit = search.found ? search.toolkit : undefined;
  const place = await chooseDevice({ device: session.settings.run.device, toolkit });
  const several = place.kind === 'gpu' && (await gpuCount()) > 1;
  session.gpu = place.kind === 'gpu' ? await chosenGpu(session) : undefined;
  const name =
    place.kind === 'gpu' ? (session.gpu?.name ?? `GPU ${session.settings.run.gpu}?`) : os.cpus()[0]?.model.trim();
  return {
    ...(toolkit && {
      toolkitVersion: `${toolkit.version.major}.${toolkit.version.minor}`,
      toolkitRoot: toolkit.root,
    }),
    ...(place.kind !== 'none' && {
      device: {
        kind: place.kind,
        name: name ?? '',
        ...(several && session.gpu && { index: session.gpu.index }),
        ...(session.gpu && { memory: session.gpu.memory }),
      },
    }),
  };
}

/** Undefined where the setting asks for a GPU that is not there: the run will say so. */
async function chosenGpu(session: Session): Promise<GpuDevice | undefined> {
  const answer = await queryGpu(session.settings.run.gpu);
  return 'reason' in answer ? undefined : answer;
}

async function gpuCount(): Promise<number> {
  const answer = await queryDevices();
  return 'devices' in answer ? answer.devices.length : 0;
}
