import { expect, test } from 'vitest';
import { expandVariables } from '../../../client/src/text/task-variables';

const places = { file: '/home/me/p/a.cu', folder: '/home/me/p' };

test('variables of tasks.json get their values', () => {
  expect(expandVariables('${file}', places)).toBe('/home/me/p/a.cu');
  expect(expandVariables('${workspaceFolder}/src/b.cu', places)).toBe('/home/me/p/src/b.cu');
  expect(expandVariables('src/b $x.cu', places)).toBe('src/b $x.cu');
});

test('a variable without a value is no path', () => {
  expect(expandVariables('${file}', { ...places, file: undefined })).toBeUndefined();
  expect(expandVariables('${workspaceFolder}/a.cu', { ...places, folder: undefined })).toBeUndefined();
  expect(expandVariables('${env:HOME}/a.cu', places)).toBe('${env:HOME}/a.cu');
});
