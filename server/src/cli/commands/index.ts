/** The subcommands, in the order that `--help` lists them. */
import type { Command } from 'commander';
import { addCheck } from './check';
import { addAsm, addCost } from './compile';
import { addDoctor } from './doctor';
import type { Finish } from './finish';
import { addHistory } from './history';
import { addPlan } from './plan';
import { addProfile, addSanitize } from './profile';
import { addRun, addTune } from './run';

const commands = [addCheck, addPlan, addRun, addTune, addHistory, addProfile, addSanitize, addAsm, addCost, addDoctor];

export function addCommands(program: Command, finish: Finish): void {
  for (const add of commands) {
    add(program, finish);
  }
}
