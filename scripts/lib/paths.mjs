// The folders that the scripts share.
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the repository. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** Downloaded editors and browsers; ignored by git, safe to delete. */
export const cache = process.env['KERNEL_LENS_TEST_CACHE'] ?? path.join(root, '.vscode-test');

/** What a test run leaves behind: reports, logs and screenshots. */
export const results = path.join(root, 'test-results');

/** The folder that `npm start` opens. */
export const examples = path.join(root, 'examples');
