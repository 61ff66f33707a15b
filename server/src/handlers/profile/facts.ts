/** What the compiler tells of a kernel, for those who cannot profile it. */
import * as l10n from '@vscode/l10n';
import type { LaunchPlan } from '../../../../protocol/src';
import type { ProfileFact } from '../../../../protocol/src/profile';
import { multiprocessorOf, occupancyOf } from '../../analysis';
import { compiledKernels } from '../../builds';
import { instantiationOf, type SourceText } from '../../runner';
import type { Session } from '../../session';
import { resourceUsageOf } from '../../toolchain';
import { limiterName } from '../cost/limiter';
import { bytes, percent } from '../format';

const timeLimitMs = 120_000;

/** Of the plan's instantiation and block, for the architecture that the file is compiled for; empty without nvcc, or where it does not compile. */
export async function staticFacts(
  session: Session,
  source: SourceText,
  plan: LaunchPlan,
  signal: AbortSignal,
): Promise<readonly ProfileFact[]> {
  const search = await session.toolkit();
  if (!search.found) return [];
  const { architecture, flags } = await session.compilation(source.file);
  const instantiation = instantiationOf(plan);
  const answer = await resourceUsageOf({
    toolkit: search.toolkit,
    file: source.file,
    text: instantiation === undefined ? source.text : `${source.text}\n${instantiation}`,
    architectures: architecture === undefined ? [] : [architecture],
    flags,
    timeLimitMs,
    signal,
  });
  if (answer.status !== 'ok') return [];
  const named = compiledKernels(answer.resources).filter(
    ({ name, parameters }) => name === plan.kernel && (parameters ?? plan.arguments.length) === plan.arguments.length,
  );
  const [compiled] = named;
  // Of several instantiations the file's own do not tell which one is meant.
  if (compiled === undefined || named.length > 1) return [];

  const facts: ProfileFact[] = [
    { label: l10n.t('Architecture'), value: `sm_${compiled.computeCapability}` },
    { label: l10n.t('Registers a thread'), value: String(compiled.registers) },
    { label: l10n.t('Static shared memory'), value: bytes(compiled.staticShared) },
  ];
  const spilled = compiled.spillStores + compiled.spillLoads;
  if (spilled > 0) facts.push({ label: l10n.t('Spilled'), value: bytes(spilled) });
  const device = multiprocessorOf(compiled.computeCapability);
  if (device !== undefined) {
    const threads = plan.block.reduce((product, extent) => product * extent, 1);
    const shared = compiled.staticShared + plan.sharedBytes;
    const { ratio, limiter } = occupancyOf(device, { threads, registersPerThread: compiled.registers, shared });
    const value = `${percent(ratio)}${ratio === 1 ? '' : ` (${limiterName(limiter)})`}`;
    facts.push({ label: l10n.t('Theoretical occupancy'), value: `${value} · ${l10n.t('{0} threads', threads)}` });
  }
  return facts;
}
