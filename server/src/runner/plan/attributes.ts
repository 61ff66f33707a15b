/** How a launch differs from an ordinary one: cooperatively, in clusters. Pure. */
import type { Launch } from '../../analysis/model/types';
import type { SourceText } from './source-text';

/** A kernel that synchronises its grid needs a cooperative launch, whatever the file does. */
export function isCooperative(body: string, launch: Launch | undefined, text: string): boolean {
  if (/\bthis_grid\s*\(|\bgrid_group\b/.test(body)) return true;
  return (
    launch?.form === 'call' && text.slice(launch.span.start, launch.span.end).includes('cudaLaunchCooperativeKernel')
  );
}

/** `attribute[0].val.clusterDim.x = 2;` before a `cudaLaunchKernelEx`: the expressions of the axes. */
export function clusterOf(launch: Launch, source: SourceText): readonly (string | undefined)[] | undefined {
  if (launch.form !== 'config') return undefined;
  const body = source.bodyAround(launch.span.start);
  const before = body === undefined ? '' : source.slice(body[0], launch.span.start);
  const axes = ['x', 'y', 'z'].map((axis) => {
    const assigned = [...before.matchAll(new RegExp(`\\bclusterDim\\s*\\.\\s*${axis}\\s*=(?!=)\\s*([^;]+);`, 'g'))];
    return assigned[assigned.length - 1]?.[1]?.trim();
  });
  return axes.some((axis) => axis !== undefined) ? axes : undefined;
}
