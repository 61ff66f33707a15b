/** Shared memory as a block uses it between barriers: who touched an element, and which of it no barrier puts in order. */
import type { SyntaxNode } from '../../../parse';
import type { Lanes, Mask } from './lanes';

export interface SharedArray {
  readonly name: string;
  /** Extents as far as they are known; the first is not needed. */
  readonly extents: readonly number[];
  readonly type: string;
  readonly volatile: boolean;
  /** Used in a way that is not followed. */
  lost: boolean;
  written: boolean;
  readonly elements: Map<number, Element>;
  /** An atomic update of elements that the data chooses. */
  scattered?: { readonly phase: number; readonly site: SyntaxNode };
}

/** What the threads have in common that make an access. */
interface Access extends Use {
  readonly warpPhase: number;
  /** All of these threads wrote the element at once. */
  readonly together: Mask | undefined;
}

interface Touch {
  readonly lane: number;
  readonly access: Access;
}

type Site = Pick<Use, 'site' | 'volatile'>;

interface Element {
  phase: number;
  writes: Touch[];
  reads: Touch[];
}

export interface Race {
  readonly array: string;
  /** The access that comes first in the order of one thread. */
  readonly first: SyntaxNode;
  readonly second: SyntaxNode;
  readonly kind: 'read after write' | 'write after read';
  /** Whether threads of different warps meet. */
  betweenWarps: boolean;
  volatile: boolean;
}

export interface Use {
  readonly kind: 'read' | 'write' | 'atomic';
  readonly site: SyntaxNode;
  readonly field: string;
  readonly volatile: boolean;
  /** The data alone chooses the element. */
  readonly scattered?: boolean;
}

const warpShift = 5;
/** Of one place, one thread, one of another warp and one more tell all that is asked. */
const mostTouches = 3;

export class SharedMemory {
  private phase = 0;
  private warpPhase = 0;
  private readonly found = new Map<SyntaxNode, Map<SyntaxNode, Race>>();
  /** Something behind the end of an array was used. */
  outside = false;
  readonly unset = new Map<SyntaxNode, SharedArray>();

  blockBarrier(): void {
    this.phase++;
    this.warpPhase++;
  }

  warpBarrier(): void {
    this.warpPhase++;
  }

  get races(): Race[] {
    return [...this.found.values()].flatMap((inner) => [...inner.values()]);
  }

  use(array: SharedArray, offset: Lanes, mask: Mask, use: Use): void {
    if (array.lost) return;
    const sure = mask.includes(1);
    // An update adds to what is there, whether or not it comes to that in this run.
    const reads = use.kind === 'atomic' || (use.kind === 'read' && sure);
    if (reads && !array.written) this.unset.set(use.site, array);
    if (use.kind !== 'read') array.written = true;
    if (!sure) return;
    if (use.scattered) this.scatter(array, use);
    else if (array.scattered?.phase === this.phase && use.kind !== 'atomic') this.meet(array, use, offset, mask);
    const together = use.kind === 'write' && isOne(offset, mask) ? mask : undefined;
    const access: Access = { ...use, warpPhase: this.warpPhase, together };
    const length = array.extents.reduce((product, extent) => product * extent, 1);
    const size = Number.isNaN(length) ? Infinity : length;
    // All threads look before any of them leaves a trace: they run in step.
    for (let lane = 0; lane < mask.length; lane++) {
      const place = offset[lane]!;
      if (mask[lane] !== 1 || !Number.isFinite(place)) continue;
      if (place < 0 || place >= size) this.outside = true;
      const element = this.elementAt(array, place);
      if (use.kind !== 'write') this.check(array, element.writes, lane, access, 'read after write');
      if (use.kind !== 'read') this.check(array, element.reads, lane, access, 'write after read');
    }
    for (let lane = 0; lane < mask.length; lane++) {
      const place = offset[lane]!;
      if (mask[lane] !== 1 || !Number.isFinite(place)) continue;
      const element = array.elements.get(place)!;
      if (use.kind !== 'read') keep(element.writes, lane, access);
      if (use.kind !== 'write') keep(element.reads, lane, access);
    }
  }

  /** Any element may be meant: those that others wrote, too. */
  private scatter(array: SharedArray, use: Use): void {
    for (const { phase, writes } of array.elements.values()) {
      const write = phase === this.phase ? writes.find(({ access }) => access.kind !== 'atomic') : undefined;
      if (write && array.elements.size > 1) this.add(array, write.access, use, 'read after write', true);
    }
    array.scattered = { phase: this.phase, site: use.site };
  }

  private meet(array: SharedArray, use: Use, offset: Lanes, mask: Mask): void {
    const known = offset.some((place, lane) => mask[lane] === 1 && Number.isFinite(place));
    const first = { site: array.scattered!.site, volatile: false };
    if (known && use.kind === 'read') this.add(array, first, use, 'read after write', true);
  }

  private elementAt(array: SharedArray, place: number): Element {
    let element = array.elements.get(place);
    if (!element) array.elements.set(place, (element = { phase: this.phase, writes: [], reads: [] }));
    if (element.phase !== this.phase) {
      element.phase = this.phase;
      element.writes = [];
      element.reads = [];
    }
    return element;
  }

  private check(array: SharedArray, earlier: readonly Touch[], lane: number, access: Access, kind: Race['kind']): void {
    for (const { lane: other, access: before } of earlier) {
      if (other === lane || (before.kind === 'atomic' && access.kind === 'atomic')) continue;
      if (before.field !== '' && access.field !== '' && before.field !== access.field) continue;
      // A counter that is asked while others count is asked for whatever it is.
      if (access.kind === 'atomic' && kind === 'write after read') continue;
      if (before.kind === 'atomic' && before.site.start > access.site.start) continue;
      // What every thread wrote itself, it may read.
      if (before.together && before.together[lane] === 1) continue;
      const betweenWarps = other >> warpShift !== lane >> warpShift;
      if (!betweenWarps && before.warpPhase !== access.warpPhase) continue;
      this.add(array, before, access, kind, betweenWarps);
    }
  }

  private add(array: SharedArray, first: Site, second: Site, kind: Race['kind'], betweenWarps: boolean): void {
    let inner = this.found.get(first.site);
    if (!inner) this.found.set(first.site, (inner = new Map<SyntaxNode, Race>()));
    const race = inner.get(second.site);
    if (race) {
      race.betweenWarps ||= betweenWarps;
      return;
    }
    inner.set(second.site, {
      array: array.name,
      first: first.site,
      second: second.site,
      kind,
      betweenWarps,
      volatile: first.volatile || second.volatile,
    });
  }
}

function isOne(offset: Lanes, mask: Mask): boolean {
  const first = offset[mask.indexOf(1)];
  let count = 0;
  for (let t = 0; t < mask.length; t++) {
    if (mask[t] !== 1) continue;
    if (offset[t] !== first) return false;
    count++;
  }
  return count > 1;
}

function keep(touches: Touch[], lane: number, access: Access): void {
  let same = 0;
  let otherWarp = true;
  for (const touch of touches) {
    if (touch.access.site !== access.site) continue;
    same++;
    if (touch.lane >> warpShift === lane >> warpShift) otherWarp = false;
  }
  if (same < mostTouches || (same === mostTouches && otherWarp)) touches.push({ lane, access });
}
