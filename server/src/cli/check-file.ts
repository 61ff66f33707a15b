/** Checks one file as `kernel-lens check` does: the lint's findings and nvcc's messages. */
import { readFile } from 'node:fs/promises';
import { checkText, type CheckOutcome, type FileCheck } from '../handlers/check';

/** `file` is absolute. A file that cannot be read is a warning. */
export async function checkFile(file: string, options: FileCheck): Promise<CheckOutcome> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    return {
      problems: [],
      warnings: [`${file}: cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'})`],
    };
  }
  return checkText(file, text, options);
}
