/** PTX of nvcc and SASS of nvdisasm, as recorded. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { codeBytes, countInstructions, kindOf, render, withCallees } from '../../../server/src/profiler/assembly';
import type { AssemblyLine, Listing } from '../../../server/src/profiler/assembly/listing';
import { parsePtx } from '../../../server/src/profiler/assembly/ptx';
import { parseNvdisasm } from '../../../server/src/profiler/assembly/sass';
import { disassemblers } from '../../../server/src/profiler/assembly/disassemble';

const fixtures = path.resolve(__dirname, '../../fixtures/assembly');
const read = (name: string) => readFileSync(path.join(fixtures, name), 'utf8');
const vec = { ptx: parsePtx(read('vec.ptx')), sass: parseNvdisasm(read('vec.sass')) };
const inlined = { ptx: parsePtx(read('inlined.ptx')), sass: parseNvdisasm(read('inlined.sass')) };

function find(listing: Listing, symbol: string, text: string): AssemblyLine {
  const line = listing.functions
    .find((each) => each.symbol === symbol)
    ?.lines.find((each) => each.kind === 'instruction' && each.text.includes(text));
  if (line === undefined) throw new Error(`${symbol} has no ${text}`);
  return line;
}
const places = ({ frames }: AssemblyLine) => frames.map(({ file, line }) => `${path.basename(file)}:${line}`);

const vectorAdd = '_Z9vectorAddPKfS0_Pfi';
const sgemm = '_Z5sgemmPKfS0_Pfi';
const inl = '_ZN2ns3inlEPfP6__halfi';

describe('PTX', () => {
  it('has functions with their instructions, and what stands before them', () => {
    expect(vec.ptx.module).toEqual(['.version 9.0', '.target sm_90', '.address_size 64']);
    expect(vec.ptx.functions.map(({ symbol, entry }) => [symbol, entry])).toEqual([
      [vectorAdd, true],
      [sgemm, true],
    ]);
    const [first] = vec.ptx.functions;
    expect(first?.lines.filter(({ kind }) => kind === 'label').map(({ text }) => text)).toEqual(['$L__BB0_2:']);
    expect(first?.lines.at(0)).toMatchObject({ kind: 'directive', text: `.visible .entry ${vectorAdd}(` });
    expect(first?.lines.at(-1)).toMatchObject({ kind: 'directive', text: '}' });
    expect(first?.lines.flatMap(({ opcode }) => opcode ?? [])).toHaveLength(22);
  });

  it('knows the source line of each instruction', () => {
    expect(find(vec.ptx, vectorAdd, 'add.f32')).toMatchObject({
      opcode: 'add.f32',
      frames: [{ file: '/home/user/demo/vec.cu', line: 5 }],
    });
    expect(find(vec.ptx, vectorAdd, 'bra').opcode).toBe('bra');
    // Line 0 is nobody's.
    expect(find(vec.ptx, sgemm, 'mul.lo.s32 %r4').frames).toEqual([]);
  });

  it('follows inlined functions from the inside out', () => {
    expect(places(find(inlined.ptx, inl, 'add.f32'))).toEqual(['inlined.cu:2', 'inlined.cu:4', 'inlined.cu:16']);
    expect(places(find(inlined.ptx, inl, 'cvt.rn.f16.f32'))).toEqual(['cuda_fp16.hpp:549', 'inlined.cu:17']);
  });

  it('keeps device functions and calls over several lines', () => {
    expect(inlined.ptx.functions.find(({ symbol }) => symbol === '_Z4slowfi')?.entry).toBe(false);
    expect(withCallees(inlined.ptx, new Set([inl])).map(({ symbol }) => symbol)).toEqual(['_Z4slowfi', inl]);
    expect(withCallees(inlined.ptx, new Set(['plain'])).map(({ symbol }) => symbol)).toEqual(['plain']);
    const call = inlined.ptx.functions.find(({ symbol }) => symbol === inl)?.lines ?? [];
    const start = call.findIndex(({ opcode }) => opcode?.startsWith('call') === true);
    // What follows up to the semicolon belongs to the call.
    expect(call[start + 1]).toMatchObject({ kind: 'instruction', text: '_Z4slowfi,' });
    expect(call[start + 1]?.opcode).toBeUndefined();
  });

  it('reads declarations, several instructions in a brace and inline assembly', () => {
    const listing = parsePtx(
      [
        '.extern .func  (.param .b32 func_retval0) vprintf',
        '(',
        '\t.param .b64 vprintf_param_0',
        ')',
        ';',
        '.visible .entry k()',
        '.maxntid 256, 1, 1',
        '{',
        '\t// begin inline asm',
        '\t{add.f16 %rs1,%rs2,%rs3;',
        '}',
        '\t// end inline asm',
        '\tret;',
        '}',
      ].join('\n'),
    );
    expect(listing.functions.map(({ symbol }) => symbol)).toEqual(['k']);
    expect(listing.module[0]).toContain('vprintf');
    expect(listing.functions[0]?.lines.flatMap(({ opcode }) => opcode ?? [])).toEqual(['add.f16', 'ret']);
  });
});

it('reads names of files that are not ASCII', () => {
  const name = String.raw`/home/me/\354\273\244\353\204\220 "x"/a.cu`.replaceAll('"', String.raw`\"`);
  const ptx = parsePtx(`.file 1 "${name}"\n.entry k()\n{\n.loc 1 3 1\nret;\n}`);
  expect(ptx.functions[0]?.lines.find(({ opcode }) => opcode === 'ret')?.frames).toEqual([
    { file: '/home/me/커널 "x"/a.cu', line: 3 },
  ]);
  const sass = parseNvdisasm(`.section .text.k,"ax"\n//## File "${name}", line 3\n/*0000*/ EXIT ;`);
  expect(sass.functions[0]?.lines[0]?.frames).toEqual([{ file: '/home/me/커널 "x"/a.cu', line: 3 }]);
});

describe('SASS', () => {
  it('has addresses, opcodes and source lines', () => {
    expect(vec.sass.functions.map(({ symbol, entry }) => [symbol, entry])).toEqual([
      [sgemm, true],
      [vectorAdd, true],
    ]);
    expect(find(vec.sass, sgemm, 'LDS.128')).toMatchObject({
      text: 'LDS.128 R12, [R4] ;',
      address: 0x2f0,
      opcode: 'LDS.128',
      frames: [{ file: '/home/user/demo/vec.cu', line: 16 }],
    });
    expect(find(vec.sass, sgemm, '@!P0 BRA')).toMatchObject({ opcode: 'BRA' });
  });

  it('follows inlined functions from the inside out', () => {
    expect(places(find(inlined.sass, inl, 'FADD R11, R13, R13'))).toEqual([
      'inlined.cu:2',
      'inlined.cu:4',
      'inlined.cu:16',
    ]);
    expect(places(find(inlined.sass, inl, 'CALL'))).toEqual(['inlined.cu:16']);
    expect(places(find(inlined.sass, inl, 'F2FP'))).toEqual(['cuda_fp16.hpp:549', 'inlined.cu:17']);
  });

  it('leaves out what fills up the end of a function', () => {
    for (const { lines } of vec.sass.functions) expect(lines.at(-1)?.opcode).toBe('BRA');
    const add = vec.sass.functions.find(({ symbol }) => symbol === vectorAdd);
    expect(add && codeBytes(add)).toBe((add?.lines.flatMap(({ opcode }) => opcode ?? []).length ?? 0) * 16);
  });

  it('counts instructions by what they do', () => {
    const counts = (symbol: string) =>
      Object.fromEntries(
        countInstructions(
          'sass',
          vec.sass.functions.find((each) => each.symbol === symbol)!,
        ).byKind,
      );
    expect(counts(vectorAdd)).toMatchObject({ globalLoad: 2, globalStore: 1, fp32: 1, control: 3 });
    expect(counts(sgemm)).toMatchObject({
      globalLoad: 2,
      globalStore: 1,
      sharedStore: 2,
      fp32: 16,
      synchronization: 2,
    });
  });
});

it.each([
  ['sass', 'HGMMA.64x128x16.F32', 'tensor'],
  ['sass', 'UTCHMMA', 'tensor'],
  ['sass', 'LDGSTS.E.BYPASS.128', 'asyncCopy'],
  ['sass', 'UIADD3', 'integer'],
  ['sass', 'HFMA2.MMA', 'other'],
  ['sass', 'DFMA', 'fp64'],
  ['sass', 'LDL.LU', 'localLoad'],
  ['sass', 'SHFL.BFLY', 'warp'],
  ['ptx', 'ld.volatile.shared.f32', 'sharedLoad'],
  ['ptx', 'ld.global.nc.v4.f32', 'globalLoad'],
  ['ptx', 'ld.param.u64', 'constantLoad'],
  ['ptx', 'mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32', 'tensor'],
  ['ptx', 'fma.rn.f64', 'fp64'],
  ['ptx', 'mad.lo.s32', 'integer'],
  ['ptx', 'atom.global.add.f32', 'atomic'],
] as const)('%s %s is %s', (kind, opcode, expected) => {
  expect(kindOf(kind, opcode)).toBe(expected);
});

describe('a listing as text', () => {
  const input = {
    kind: 'sass' as const,
    head: ['title'],
    module: [],
    functions: inlined.sass.functions.filter(({ symbol }) => symbol === inl),
    comments: () => ['summary'],
    file: '/home/user/demo/inlined.cu',
  };

  it('links each line to lines of the source, the innermost first', () => {
    const { text, links, functions } = render({ ...input, addresses: true });
    const lines = text.split('\n');
    expect(links).toHaveLength(lines.length - 1);
    expect(lines.slice(0, 3)).toEqual(['// title', '', '// summary']);
    expect(functions).toEqual([{ symbol: inl, line: 3 }]);
    const at = (code: string) => links[lines.findIndex((line) => line.includes(code))];
    expect(at('FADD R11')).toEqual([1, 3, 15]);
    // The header's own line is not one of this file.
    expect(at('F2FP')).toEqual([16]);
    expect(lines.find((line) => line.includes('FADD R11'))).toBe('  /*00b0*/          FADD R11, R13, R13 ;');
    expect(lines.find((line) => line.includes('EXIT'))).toBe('  /*0050*/      @P0 EXIT ;');
  });

  it('has no addresses where two are compared', () => {
    expect(render({ ...input, addresses: false }).text).not.toMatch(/\/\*[0-9a-f]+\*\//);
  });
});

it('looks for nvdisasm beside nvcc, in the toolkit, where NVDISASM_PATH says and on PATH', () => {
  const toolkit = { nvcc: '/opt/cuda/bin/nvcc', root: '/opt/cuda' };
  expect(disassemblers(toolkit, {}, 'linux')).toEqual(['/opt/cuda/bin/nvdisasm', 'nvdisasm']);
  expect(disassemblers(toolkit, { NVDISASM_PATH: '/tools' }, 'linux')).toEqual([
    '/opt/cuda/bin/nvdisasm',
    '/tools/nvdisasm',
    '/tools',
    'nvdisasm',
  ]);
});
