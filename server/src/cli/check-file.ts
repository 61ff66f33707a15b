/** Checks one file as `kernel-lens check` does: the lint's findings and nvcc's messages. */
import { checkText, type CheckOutcome, type FileCheck } from '../handlers/check';
import { readSource } from './read-source';

/** `file` is absolute. A file that cannot be read is a warning. */
export async function checkFile(file: string, options: FileCheck): Promise<CheckOutcome> {
  let text: string;
  try {
    text = await readSource(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { problems: [], warnings: [`${file}: cannot be read (${code ?? message})`] };
  }
  return checkText(file, text, options);
}
