/** Every instruction of real listings has a meaning. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { instructionHover, instructionText } from '../../../server/src/handlers/instruction';
import type { Listing } from '../../../server/src/profiler/assembly';
import { parsePtx } from '../../../server/src/profiler/assembly/ptx';
import { parseNvdisasm } from '../../../server/src/profiler/assembly/sass';

const fixtures = path.resolve(__dirname, '../../fixtures/assembly');
const read = (name: string) => readFileSync(path.join(fixtures, name), 'utf8');

function unknown(listing: Listing): string[] {
  const opcodes = listing.functions.flatMap(({ lines }) => lines.flatMap(({ opcode }) => opcode ?? []));
  expect(opcodes.length).toBeGreaterThan(20);
  return [...new Set(opcodes.filter((opcode) => instructionText(listing.kind, opcode) === undefined))];
}

describe('coverage', () => {
  it.each(['vec', 'inlined', 'variety'])('%s', (name) => {
    expect(unknown(parsePtx(read(`${name}.ptx`)))).toEqual([]);
    expect(unknown(parseNvdisasm(read(`${name}.sass`)))).toEqual([]);
  });
});

describe('the hover', () => {
  const line = '  /*02f0*/     @!P0 LDG.E.128.CONSTANT R12, desc[UR8][R24.64] ;';
  const at = (text: string) => line.indexOf(text);

  it('tells an instruction, its modifiers and where it runs', () => {
    const answer = instructionHover({ kind: 'sass', line, character: at('128') });
    expect(line.slice(answer?.start, answer?.end)).toBe('LDG.E.128.CONSTANT');
    expect(answer?.markdown).toContain('Loads from global memory');
    expect(answer?.markdown).toContain('`.128`: 16 bytes a thread');
    expect(answer?.markdown).toContain('`.CONSTANT`: Nobody writes');
    expect(answer?.markdown).toContain('LSU');
  });

  it('is silent on operands, labels, directives and what it does not know', () => {
    expect(instructionHover({ kind: 'sass', line, character: at('R12') })).toBeNull();
    expect(instructionHover({ kind: 'sass', line: '.L_x_1:', character: 2 })).toBeNull();
    expect(instructionHover({ kind: 'sass', line: '        XYZZY R1 ;', character: 9 })).toBeNull();
    expect(instructionHover({ kind: 'ptx', line: '.visible .entry add(', character: 3 })).toBeNull();
  });

  it('reads PTX with a predicate, alone and in a brace', () => {
    const ptx = (text: string) => instructionHover({ kind: 'ptx', line: text, character: text.indexOf('.') })?.markdown;
    expect(ptx('    @%p1 bra.uni $L__BB0_2;')).toContain('Branches');
    expect(ptx('    {add.f16 %rs1, %rs2, %rs3;')).toContain('Adds two numbers');
    expect(ptx('ld.global.v4.f32 {%f1, %f2, %f3, %f4}, [%rd1];')).toContain('`.global`: Global memory');
  });

  it('sends what is done once for the warp to the uniform datapath', () => {
    expect(instructionText('sass', 'UIADD3')).toContain('uniform datapath');
    expect(instructionText('sass', 'IADD3')).toContain('ALU');
    expect(instructionText('sass', 'UTCHMMA')).toContain('tensor cores');
  });
});
