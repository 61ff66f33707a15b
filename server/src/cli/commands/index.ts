/** The subcommands, in the order that `--help` lists them. */
import type { Command } from 'commander';
import { addCheck } from './check';
import { addAsm, addCost } from './compile';
import { addDoctor } from './doctor';
import type { Finish } from './finish';
import { addHistory } from './history';
import { addProfile, addSanitize } from './profile';
import { addRun, addTune } from './run';

export function addCommands(program: Command, finish: Finish): void {
  for (const add of [addCheck, addRun, addTune, addHistory, addProfile, addSanitize, addAsm, addCost, addDoctor]) {
    add(program, finish);
  }
}
