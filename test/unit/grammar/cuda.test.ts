import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parsePtx } from '../../../server/src/profiler/assembly/ptx';
import { parseNvdisasm } from '../../../server/src/profiler/assembly/sass';
import { grammar, scopeOf, type Tokenize } from './tokenize';

const root = path.resolve(__dirname, '../../..');
const standIn = path.join(root, 'test/fixtures/grammar/cuda-cpp.standin.tmLanguage.json');

/** VS Code's own grammars, where its server has been installed for the editor tests. */
function realGrammars(): [string, string][] {
  const cache = path.join(root, '.vscode-test');
  if (!existsSync(cache)) return [];
  return readdirSync(cache).flatMap((folder): [string, string][] => {
    const file = path.join(
      cache,
      folder,
      'node_modules/code-server/lib/vscode/extensions/cpp/syntaxes/cuda-cpp.tmLanguage.json',
    );
    return existsSync(file) ? [[folder, file]] : [];
  });
}

const bases: [string, string][] = [['a stand-in grammar', standIn], ...realGrammars()];

describe.each(bases)('with %s', (_, file) => {
  let tokenize: Tokenize;
  const first = async (text: string, token: string) => {
    tokenize ??= await grammar('source.cuda-cpp', file);
    return scopeOf(tokenize(text), token);
  };
  const all = async (text: string) => {
    tokenize ??= await grammar('source.cuda-cpp', file);
    return tokenize(text);
  };
  const inBody = (text: string) => `void f() {\n  ${text}\n}`;

  test.each([
    ['// kernel-lens: N=1<<24, block=256', 'N', 'variable.parameter.directive.cuda'],
    ['// kernel-lens: N=1<<24, block=256', 'kernel-lens', 'keyword.control.directive.cuda'],
    ['// kernel-lens: N=1<<24, block=256', 'block', 'keyword.other.directive.cuda'],
    ['// kernel-lens: N=1<<24, block=256', '24', 'constant.numeric.directive.cuda'],
    ['// kernel-lens: N=1<<16..1<<26', '..', 'keyword.operator.directive.cuda'],
    ['  /* kernel-lens: p.data[N]=random(-1, 1) */', 'p.data', 'variable.parameter.directive.cuda'],
    ['  /* kernel-lens: p.data[N]=random(-1, 1) */', 'random', 'support.function.directive.cuda'],
    ['/* kernel-lens: block=32x8,\n *   cooperative */', '32x8', 'constant.numeric.directive.cuda'],
    ['/* kernel-lens: block=32x8,\n *   cooperative */', 'cooperative', 'keyword.other.directive.cuda'],
  ])('a directive: %s, %s', async (text, token, scope) => {
    expect(await first(`${text}\n__global__ void k();`, token)).toBe(scope);
  });

  test('a directive ends with its comment, and another comment is none', async () => {
    expect(await first('// kernel-lens: N=4\n__global__ void k();', '__global__')).toMatch(/^storage\.modifier/);
    const tokens = await all('// of kernel-lens: N=4');
    expect(tokens.some(({ scopes }) => scopes.some((scope) => scope.includes('directive')))).toBe(false);
  });

  test.each([
    ['add<<<grid, 256>>>(a);', 'add'],
    ['ns::add<<<grid, 256>>>(a);', 'add'],
    ['add<float><<<grid, 256>>>(a);', 'add'],
    ['add<Vec<float>, (N + 1)><<<grid, 256, 0, s>>>(a);', 'add'],
    ['add <<< grid, 256 >>> (a);', 'add'],
  ])('a launch: %s', async (text, kernel) => {
    expect(await first(inBody(text), kernel)).toBe('entity.name.function.call.kernel.cuda');
    expect(await first(inBody(text), '<<<')).toBe('keyword.control.launch.cuda');
    expect(await first(inBody(text), '>>>')).toBe('keyword.control.launch.cuda');
    const config = (await all(inBody(text))).find((token) => token.text === '256');
    expect(config?.scopes).toContain('meta.launch-configuration.cuda');
    expect(config?.scopes.at(-1)).toBe('constant.numeric.decimal.cuda-cpp');
  });

  test('a launch over several lines, with braces', async () => {
    const tokens = await all(inBody('add<<<{8, 8},\n  {16}>>>(a);'));
    expect(tokens.find((token) => token.text === '16')?.scopes).toContain('meta.launch-configuration.cuda');
    expect(scopeOf(tokens, '>>>')).toBe('keyword.control.launch.cuda');
  });

  test('a launch that is being typed leaves the next statement alone', async () => {
    const tokens = await all(inBody('add<<<grid,\n;\nint y = 7;'));
    expect(tokens.find((token) => token.text === '7')?.scopes).not.toContain('meta.launch-configuration.cuda');
  });

  test.each(['x = a << 3;', 'x = a >> 2;', '<<<<<<< HEAD', 'x = operator<<<int>(a);'])(
    'no launch: %s',
    async (text) => {
      const scopes = (await all(inBody(text))).flatMap((token) => token.scopes);
      expect(scopes).not.toContain('keyword.control.launch.cuda');
    },
  );

  test.each(['threadIdx', 'blockIdx', 'blockDim', 'gridDim'])('the built-in variable %s', async (name) => {
    const text = inBody(`int i = 1 + ${name}.x * ${name}.y;`);
    expect(await first(text, name)).toBe('variable.language.builtin.cuda');
    expect(await first(text, 'x')).toBe('variable.other.property.cuda');
    expect(await first(text, 'y')).toBe('variable.other.property.cuda');
  });

  test('warpSize is built in; members of such names are not', async () => {
    expect(await first(inBody('int w = warpSize;'), 'warpSize')).toBe('variable.language.builtin.cuda');
    for (const text of ['p.threadIdx.x = 1;', 'p->threadIdx.x = 1;', 'ns::threadIdx.x = 1;', 'mythreadIdx.x = 1;']) {
      const scopes = (await all(inBody(text))).flatMap((token) => token.scopes);
      expect(scopes, text).not.toContain('variable.language.builtin.cuda');
    }
  });

  test('memory spaces and qualifiers', async () => {
    expect(await first(inBody('__shared__ float s[32];'), '__shared__')).toBe('storage.modifier.memory-space.cuda');
    expect(await first('__constant__ float c[16];', '__constant__')).toBe('storage.modifier.memory-space.cuda');
    expect(await first('__managed__ int m;', '__managed__')).toBe('storage.modifier.memory-space.cuda');
    const tma = '__global__ void k(const __grid_constant__ CUtensorMap map) {}';
    expect(await first(tma, '__grid_constant__')).toBe('storage.modifier.qualifier.cuda');
    expect(await first(tma, 'CUtensorMap')).toBe('support.type.cuda');
    expect(await first(tma, '__global__')).toMatch(/^storage\.modifier/);
  });

  test.each([
    '__global__ void __launch_bounds__(256) add(float* a) {}',
    '__global__ __launch_bounds__(256, (2)) void add(float* a) {}',
  ])('the kernel with launch bounds: %s', async (text) => {
    expect(await first(text, '__launch_bounds__')).toBe('storage.modifier.qualifier.cuda');
    expect(await first(text, 'void')).toMatch(/^storage\.type/);
    expect(await first(text, '256')).toBe('constant.numeric.decimal.cuda-cpp');
    expect(await first(text, 'add')).toBe('entity.name.function.definition.cuda');
  });

  test('types of CUDA', async () => {
    for (const type of ['__half2', '__nv_bfloat16', 'cudaDeviceProp', '__nv_fp8_e4m3']) {
      expect(await first(inBody(`${type} value;`), type), type).toBe('support.type.cuda');
    }
    expect(await first(inBody('half value;'), 'half')).toBe('support.type.cuda');
    expect(await first(inBody('f<half>(x);'), 'half')).toBe('support.type.cuda');
    for (const text of ['int half = n / 2;', 'y = half * x;', 'if (half > 3) return;']) {
      const scopes = (await all(inBody(text))).flatMap((token) => token.scopes);
      expect(scopes, text).not.toContain('support.type.cuda');
    }
  });

  test('intrinsics and the runtime', async () => {
    for (const name of [
      '__syncthreads',
      '__shfl_down_sync',
      'atomicAdd',
      'atomicCAS_block',
      '__ldg',
      '__popc',
      '__fmaf_rn',
    ]) {
      expect(await first(inBody(`x = ${name}(v);`), name), name).toBe('support.function.builtin.cuda');
    }
    const copy = inBody('cudaMemcpy(a, b, n, cudaMemcpyHostToDevice);');
    expect(await first(copy, 'cudaMemcpy')).toBe('support.function.runtime.cuda');
    expect(await first(copy, 'cudaMemcpyHostToDevice')).toBe('variable.other.enummember.cuda');
  });

  test('the count of an unrolled loop', async () => {
    expect(await first('#pragma unroll 4\n', '4')).toBe('constant.numeric.decimal.cuda');
  });

  test.each(['asm volatile', 'asm', 'asm __volatile__'])('PTX in %s', async (keyword) => {
    const text = inBody(
      `${keyword}("{\\n\\tadd.s32 %0, %%tid.x, 0x1F;\\n\\t@p bra DONE;\\n\\t}" : "=r"(c) : "r"(threadIdx.x));`,
    );
    expect(await first(text, 'add')).toBe('keyword.mnemonic.ptx');
    expect(await first(text, '.s32')).toBe('storage.type.ptx');
    expect(await first(text, '%0')).toBe('variable.parameter.operand.ptx');
    expect(await first(text, '%%tid.x')).toBe('variable.language.ptx');
    expect(await first(text, '0x1F')).toBe('constant.numeric.ptx');
    expect(await first(text, 'bra')).toBe('keyword.mnemonic.ptx');
    expect(await first(text, '=r')).not.toMatch(/ptx/);
    expect(await first(text, 'threadIdx')).toBe('variable.language.builtin.cuda');
  });

  test.each([
    ['// threadIdx.x __shared__ k<<<1, 2>>>() half h;', /^comment/],
    ['/* threadIdx.x __shared__ k<<<1, 2>>>() half h; */', /^comment/],
    ['"threadIdx.x __shared__ k<<<1, 2>>>() half h; add.s32 %0"', /^string/],
  ])('nothing of ours within %s', async (text, kind) => {
    const tokens = (await all(inBody(`f(1); ${text}`))).filter((token) => /threadIdx|add\.s32/.test(token.text));
    expect(tokens).toHaveLength(1);
    expect(tokens[0]?.scopes.some((scope) => kind.test(scope))).toBe(true);
    expect(tokens[0]?.scopes.filter((scope) => /\.(?:cuda|ptx)$/.test(scope))).toEqual([]);
  });

  test('every example keeps its end in sight: nothing leaks to the last line', async () => {
    const folder = path.join(root, 'examples');
    for (const name of readdirSync(folder).filter((entry) => entry.endsWith('.cu'))) {
      const tokens = await all(`${readFileSync(path.join(folder, name), 'utf8')}\nint last;`);
      expect(tokens.at(-1)?.scopes.join(' '), name).not.toMatch(/launch-configuration|asm|comment|string/);
    }
  });
});

describe('PTX', () => {
  const text = [
    '.version 8.8',
    '.target sm_90',
    '.visible .entry add(.param .u64 a) // the kernel',
    '{',
    '  .reg .pred %p<2>;',
    '  ld.param.u64 %rd1, [a];',
    '  mov.u32 %r1, %ntid.x;',
    '  @%p1 bra $L__BB0_2;',
    '  fma.rn.f32 %f3, %f1, 0f3F800000, %f2;',
    '$L__BB0_2:',
    '  ret;',
    '}',
  ].join('\n');

  test.each([
    ['.version', 'storage.modifier.directive.ptx'],
    ['8.8', 'constant.numeric.ptx'],
    ['add', 'entity.name.function.ptx'],
    ['.u64', 'storage.type.ptx'],
    ['.pred', 'storage.type.ptx'],
    ['ld', 'keyword.mnemonic.ptx'],
    ['%rd1', 'variable.other.register.ptx'],
    ['%ntid.x', 'variable.language.ptx'],
    ['bra', 'keyword.mnemonic.ptx'],
    ['.rn', 'support.type.modifier.ptx'],
    ['0f3F800000', 'constant.numeric.ptx'],
    ['$L__BB0_2', 'entity.name.label.ptx'],
    ['// the kernel', 'comment.line.double-slash.ptx'],
  ])('%s', async (token, scope) => {
    const tokens = (await grammar('source.kernel-lens.ptx', standIn))(text);
    expect(scopeOf(tokens, token)).toBe(scope);
  });
});

describe('PTX of nvcc', () => {
  test('every instruction of recorded listings is coloured as one', async () => {
    const tokenize = await grammar('source.kernel-lens.ptx', standIn);
    for (const name of ['vec', 'inlined', 'variety']) {
      const text = readFileSync(path.join(root, `test/fixtures/assembly/${name}.ptx`), 'utf8');
      const opcodes = parsePtx(text).functions.flatMap(({ lines }) => lines.flatMap(({ opcode }) => opcode ?? []));
      const bases = [...new Set(opcodes.map((opcode) => opcode.split('.')[0] ?? ''))];
      const coloured = tokenize(text).filter(({ scopes }) => scopes.at(-1) === 'keyword.mnemonic.ptx');
      const found = new Set(coloured.map((token) => token.text));
      expect(
        bases.filter((base) => !found.has(base)),
        name,
      ).toEqual([]);
    }
  });
});

describe('SASS', () => {
  const text = [
    '// scale(float*) · 12 registers',
    '_Z5scalePf:',
    '  /*0000*/          LDC R1, c[0x0][0x28] ;',
    '  /*0010*/          S2R R5, SR_CTAID.Y ;',
    '  /*0020*/     @!P0 BRA `(.L_x_0) ;',
    '.L_x_0:',
    '  /*0030*/          LDG.E.128.CONSTANT R12, desc[UR8][R24.64+0x40] ;',
    '  /*0040*/     @UP1 FFMA R10, R12.reuse, -1.5, RZ ;',
    '\t.section\t.text._Z5scalePf,"ax",@progbits',
    '\t\tFunction : _Z3addPf',
    '  /*0050*/          IADD3 R2, P1, PT, R2, 0x10, URZ ;   /* 0x0000001002027810 */',
  ].join('\n');

  test.each([
    ['_Z5scalePf', 'entity.name.function.sass'],
    ['/*0000*/', 'comment.block.address.sass'],
    ['LDC', 'keyword.mnemonic.sass'],
    ['R1', 'variable.other.register.sass'],
    ['c', 'support.function.space.sass'],
    ['0x28', 'constant.numeric.sass'],
    ['SR_CTAID.Y', 'variable.language.sass'],
    ['BRA', 'keyword.control.mnemonic.sass'],
    ['.L_x_0', 'entity.name.label.sass'],
    ['LDG', 'keyword.mnemonic.sass'],
    ['.E.128.CONSTANT', 'support.type.modifier.sass'],
    ['desc', 'support.function.space.sass'],
    ['UR8', 'variable.other.register.sass'],
    ['FFMA', 'keyword.mnemonic.sass'],
    ['.reuse', 'support.type.modifier.sass'],
    ['-1.5', 'constant.numeric.sass'],
    ['RZ', 'constant.language.sass'],
    ['.section', 'storage.modifier.directive.sass'],
    ['_Z3addPf', 'entity.name.function.sass'],
    ['/* 0x0000001002027810 */', 'comment.block.address.sass'],
    ['// scale(float*) · 12 registers', 'comment.line.double-slash.sass'],
  ])('%s', async (token, scope) => {
    const tokens = (await grammar('source.kernel-lens.sass', standIn))(text);
    expect(scopeOf(tokens, token)).toBe(scope);
  });

  test('every instruction of recorded listings is coloured as one', async () => {
    const tokenize = await grammar('source.kernel-lens.sass', standIn);
    for (const name of ['vec', 'inlined', 'variety']) {
      const listing = readFileSync(path.join(root, `test/fixtures/assembly/${name}.sass`), 'utf8');
      const functions = parseNvdisasm(listing).functions;
      const opcodes = functions.flatMap(({ lines }) => lines.flatMap(({ opcode }) => opcode ?? []));
      const bases = [...new Set(opcodes.map((opcode) => opcode.split('.')[0] ?? ''))];
      const coloured = tokenize(listing).filter(({ scopes }) =>
        /^keyword\.(?:control\.)?mnemonic/.test(scopes.at(-1) ?? ''),
      );
      const found = new Set(coloured.map((token) => token.text));
      expect(
        bases.filter((base) => !found.has(base)),
        name,
      ).toEqual([]);
    }
  });
});
