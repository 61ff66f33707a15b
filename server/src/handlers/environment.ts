import os from 'node:os';
import type { Environment } from '../../../protocol/src';
import { chooseDevice, queryGpus } from '../runner';
import type { Session } from '../session';

/** Where the next run would take place and with which toolkit, for the editor's status. Starts processes: trusted workspaces only. */
export async function environment(session: Session): Promise<Environment> {
  const search = await session.toolkit();
  const toolkit = search.found ? search.toolkit : undefined;
  const place = await chooseDevice({ device: session.settings.run.device, toolkit });
  const gpus = place.kind === 'gpu' ? await queryGpus(session.settings.run.gpu) : [];
  const all = 'reason' in gpus ? [] : gpus;
  // None where the setting asks for a GPU that is not there: the run will say so.
  const chosen = all.find((gpu) => gpu.chosen);
  session.gpu = chosen?.device;
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
        ...(all.length > 1 && session.gpu && { index: session.gpu.index }),
        ...(chosen && { memory: chosen.device.memory, state: chosen.state }),
      },
    }),
  };
}
