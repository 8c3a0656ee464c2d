import fs from 'node:fs';
import os from 'node:os';

const { jsc } = JSON.parse(fs.readFileSync(new URL('./.swcrc', import.meta.url), 'utf8'));

// Jest cannot require() ES modules on Node 20, so our files run as CommonJS. What they depend on is Node's to load: test/setup/runtime.mjs.
const swc = (parser, sourceMaps) => ['@swc/jest', { swcrc: false, jsc: { ...jsc, parser }, module: { type: 'commonjs' }, sourceMaps }];

/** @type {import('jest').Config} */
export default {
  testEnvironment: '<rootDir>/test/setup/environment.mjs',
  runtime: '<rootDir>/test/setup/runtime.mjs',
  roots: ['<rootDir>/src', '<rootDir>/test'],
  testRegex: String.raw`[.-]spec\.ts$`,
  testTimeout: 30_000,
  maxWorkers: Math.max(2, os.availableParallelism() - 1),
  workerIdleMemoryLimit: '1GB',
  globalSetup: '<rootDir>/test/setup/global-setup.mjs',
  globalTeardown: '<rootDir>/test/setup/global-teardown.mjs',
  setupFilesAfterEnv: ['<rootDir>/test/tenant-rule/watch.ts'],
  moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json', 'node'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': ['$1', '$1.js'] },
  transform: {
    '^.+\\.ts$': swc(jsc.parser, 'inline'),
    '^.+\\.m?js$': swc({ syntax: 'ecmascript', dynamicImport: true }, false),
  },
};
