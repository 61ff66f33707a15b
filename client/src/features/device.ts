/** Where kernels run and with which toolkit: beside the language in the status bar, and the command that chooses. */
import * as vscode from 'vscode';
import { bytes } from '../../../protocol/src/format';
import { gpusRequest, type GpuChoice, type GpusAnswer, type GpuState } from '../../../protocol/src/gpus';
import { environmentNotification, type Environment } from '../../../protocol/src/messages';
import type { Context } from '../context';
import { documentSelector } from '../selector';
import { gpuFacts, gpuWarnings } from '../text/gpu';

type Choice = 'auto' | 'gpu' | 'cpu';

export function activate(context: Context): void {
  const device = vscode.languages.createLanguageStatusItem('kernelLens.device', documentSelector);
  device.name = vscode.l10n.t('Kernel Lens: device');
  device.command = { command: 'kernelLens.selectDevice', title: vscode.l10n.t('Select') };

  const toolkit = vscode.languages.createLanguageStatusItem('kernelLens.toolkit', documentSelector);
  toolkit.name = vscode.l10n.t('Kernel Lens: CUDA Toolkit');
  const choose = { command: 'kernelLens.selectToolkit', title: vscode.l10n.t('Select') };
  const check = { command: 'kernelLens.checkEnvironment', title: vscode.l10n.t('Check Environment') };

  let environment: Environment | undefined;
  let look: Look | undefined;
  const show = () => {
    const warnings = look ? gpuWarnings(look.state, vscode.l10n) : [];
    device.text = `$(circuit-board) ${deviceText(environment)}`;
    device.detail = [...lookTexts(environment, look), ...choiceText(configuredDevice(), look), ...warnings].join(' · ');
    device.severity =
      (environment && !environment.device) || warnings.length > 0
        ? vscode.LanguageStatusSeverity.Warning
        : vscode.LanguageStatusSeverity.Information;
    if (!environment) {
      toolkit.text = vscode.l10n.t('CUDA Toolkit');
    } else {
      const version = environment.toolkitVersion;
      toolkit.text = version ? `CUDA ${version}` : vscode.l10n.t('No CUDA Toolkit');
      toolkit.severity = version ? vscode.LanguageStatusSeverity.Information : vscode.LanguageStatusSeverity.Warning;
    }
    toolkit.command = environment && !environment.toolkitVersion ? check : choose;
    toolkit.detail = environment?.toolkitRoot ?? '';
  };
  show();

  const looked = (state: GpuState | undefined) => {
    look = state && { state, at: new Date() };
    show();
  };
  const ask = async () => {
    const answer = await askGpus(context);
    looked('gpus' in answer ? answer.gpus.find(({ chosen }) => chosen)?.state : undefined);
    return answer;
  };
  let later: NodeJS.Timeout | undefined;

  context.extension.subscriptions.push(
    device,
    toolkit,
    context.server.on<Environment>(environmentNotification, (now) => {
      environment = now;
      looked(now.device?.state);
    }),
    context.runs.onDidChange((running) => {
      device.busy = running;
      clearTimeout(later);
      // The GPU is looked at when something was done on it, and otherwise left alone.
      if (!running && environment?.device?.kind === 'gpu') later = setTimeout(() => void ask(), settledMs);
    }),
    { dispose: () => clearTimeout(later) },
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration('kernelLens.run')) show();
    }),
    vscode.commands.registerCommand('kernelLens.selectDevice', () => selectDevice(ask)),
  );
}

function deviceText(environment: Environment | undefined): string {
  if (!environment) return vscode.l10n.t('Device for kernels');
  if (!environment.device) return vscode.l10n.t('No device');
  const { kind, name, index } = environment.device;
  if (kind === 'cpu') return `CPU · ${name}`;
  return index === undefined ? name : `GPU ${index} · ${name}`;
}

/** What NVML said, and when. */
interface Look {
  readonly state: GpuState;
  readonly at: Date;
}

/** NVML's use of a GPU is that of the last second: after this long it is no longer our own. */
const settledMs = 1500;

function lookTexts(environment: Environment | undefined, look: Look | undefined): string[] {
  const memory = environment?.device?.memory;
  if (memory === undefined) return [];
  if (look === undefined) return [bytes(memory)];
  const time = look.at.toLocaleTimeString(vscode.env.language, { hour: '2-digit', minute: '2-digit' });
  return [...gpuFacts(look.state, memory, vscode.l10n), vscode.l10n.t('at {0}', time)];
}

function configuredDevice(): Choice {
  const value = vscode.workspace.getConfiguration('kernelLens').get<string>('run.device');
  return value === 'gpu' || value === 'cpu' ? value : 'auto';
}

/** The line is short: that the choice is automatic shows where nothing else does. */
function choiceText(choice: Choice, look: Look | undefined): string[] {
  switch (choice) {
    case 'auto':
      return look ? [] : [vscode.l10n.t('automatic')];
    case 'gpu':
      return [vscode.l10n.t('GPU only')];
    case 'cpu':
      return [vscode.l10n.t('CPU only')];
  }
}

interface DeviceItem extends vscode.QuickPickItem {
  readonly choice?: Choice;
  /** What the setting `kernelLens.run.gpu` becomes; absent: stays. */
  readonly gpu?: string;
}

async function selectDevice(ask: () => Promise<GpusAnswer>): Promise<void> {
  const current = configuredDevice();
  const picked = await vscode.window.showQuickPick(deviceItems(ask(), current), {
    placeHolder: vscode.l10n.t('Where should kernels run?'),
    matchOnDescription: true,
  });
  if (picked?.choice === undefined) return;
  if (picked.choice !== current) await update('run.device', picked.choice);
  if (picked.gpu !== undefined) await update('run.gpu', picked.gpu);
}

function askGpus(context: Context): Promise<GpusAnswer> {
  return context.server.request<void, GpusAnswer>(gpusRequest, undefined).catch((): GpusAnswer => ({ gpus: [] }));
}

/** The GPUs are asked when the choice is offered. */
async function deviceItems(asked: Promise<GpusAnswer>, current: Choice): Promise<DeviceItem[]> {
  const answer = await asked;
  const gpus = 'gpus' in answer ? answer.gpus : [];
  const items: DeviceItem[] = [
    {
      choice: 'auto',
      label: vscode.l10n.t('Automatic'),
      detail: vscode.l10n.t('The GPU when there is one, else the CPU'),
    },
    ...(gpus.length > 0 ? gpus.map((gpu) => gpuItem(gpu, gpus.length > 1)) : [noGpuItem(answer)]),
    {
      choice: 'cpu',
      label: 'CPU',
      detail: vscode.l10n.t('Finds errors and shows results; its time says nothing about a GPU'),
    },
  ];
  const isCurrent = ({ choice, gpu }: DeviceItem) =>
    choice === current && (gpu === undefined || gpus.some(({ device, chosen }) => chosen && device.uuid === gpu));
  return items.map((item) =>
    isCurrent(item)
      ? { ...item, description: [vscode.l10n.t('current'), item.description].filter(Boolean).join(' · ') }
      : item,
  );
}

function noGpuItem(answer: GpusAnswer): DeviceItem {
  const detail = 'message' in answer ? answer.message : vscode.l10n.t('The GPU only');
  return { choice: 'gpu', label: 'GPU', detail };
}

function gpuItem({ device, state }: GpuChoice, several: boolean): DeviceItem {
  const facts = [
    ...gpuFacts(state, device.memory, vscode.l10n),
    ...(state.temperature === undefined ? [] : [`${state.temperature} °C`]),
  ];
  const warnings = gpuWarnings(state, vscode.l10n);
  return {
    choice: 'gpu',
    label: several ? `GPU ${device.index} · ${device.name}` : device.name,
    description: facts.join(' · '),
    detail: warnings.length > 0 ? `$(warning) ${warnings.join(' · ')}` : vscode.l10n.t('The GPU only'),
    ...(several && device.uuid !== undefined ? { gpu: device.uuid } : {}),
  };
}

async function update(key: string, value: string): Promise<void> {
  const configuration = vscode.workspace.getConfiguration('kernelLens');
  const inWorkspace = configuration.inspect(key)?.workspaceValue !== undefined;
  await configuration.update(
    key,
    value,
    inWorkspace ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global,
  );
}
