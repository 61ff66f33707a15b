/**
 * The GPU runner: a process of its own, so that a kernel that faults or never ends costs this process and not the
 * server. It takes one job at a time, keeps its context warm between jobs, and ends with its channel to the server.
 */
import './language';
import * as l10n from '@vscode/l10n';
import type { FromRunner, ToRunner } from '../messages';
import { initialize, listDevices } from './devices';
import { Driver, DriverError, NoDriver } from './driver';
import { Nvml } from './nvml';
import { runJob } from './run';
import { Sessions } from './session';

let driver: Driver | undefined;
let sessions: Sessions | undefined;
let nvml: Nvml | undefined;

process.on('disconnect', () => process.exit(0));
process.on('message', (message: ToRunner) => {
  void answer(message).catch((error: unknown) => {
    // A bug, or the driver library misbehaving: the server reads it from standard error.
    console.error(error);
    process.exit(1);
  });
});

async function answer(message: ToRunner): Promise<void> {
  try {
    if (driver === undefined) {
      const opened = new Driver();
      initialize(opened);
      driver = opened;
      nvml = Nvml.open(opened.koffi);
      sessions = new Sessions(opened, nvml);
    }
    if (message.type === 'devices') {
      await send({ type: 'devices', id: message.id, devices: listDevices(driver, nvml) });
      return;
    }
    if (message.type === 'states') {
      const states = listDevices(driver, nvml).map(({ uuid }) => (uuid && nvml?.state(uuid)) || {});
      await send({ type: 'states', id: message.id, states });
      return;
    }
    sessions ??= new Sessions(driver, nvml);
    if (message.type === 'open') {
      await sessions.open(message.device);
      await send({ type: 'opened', id: message.id });
      return;
    }
    const session = await sessions.open(message.job.device);
    const outcome = await runJob(driver, session, nvml, message.id, message.job, () => {
      void send({ type: 'launching', id: message.id });
    });
    await send(outcome);
    // After a fault in a kernel the context is lost for good; a fresh process takes the next job.
    if (outcome.type === 'failed' && outcome.stage === 'execute') process.exit(0);
  } catch (error) {
    if (error instanceof NoDriver) await send({ type: 'noDriver', id: message.id, reason: error.message });
    else if (error instanceof DriverError)
      await send({ type: 'noDriver', id: message.id, reason: contextReason(error) });
    else throw error;
  }
}

function contextReason({ errorName, code }: DriverError): string {
  if (errorName === 'CUDA_ERROR_OUT_OF_MEMORY')
    return l10n.t('The GPU has no memory free for another program. Close what uses it.');
  if (errorName === 'CUDA_ERROR_DEVICE_UNAVAILABLE')
    return l10n.t('Another program uses the GPU exclusively. Close it, or choose another GPU in kernelLens.run.gpu.');
  return l10n.t('The GPU could not be opened ({0}, {1}). Check nvidia-smi.', errorName, code);
}

/** Resolves when the message has left this process. */
function send(message: FromRunner): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined) resolve();
    else process.send(message, undefined, undefined, () => resolve());
  });
}
