import fs from 'node:fs';
import os from 'node:os';

const read = (file) => JSON.parse(fs.readFileSync(new URL(file, import.meta.url), 'utf8'));
const { jsc } = read('./.swcrc');
const escape = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

// Jest cannot require() ES modules on Node 20, so the tests run as CommonJS: our files and every dependency that is an ES module.
const swc = (parser, sourceMaps) => ['@swc/jest', { swcrc: false, jsc: { ...jsc, parser }, module: { type: 'commonjs' }, sourceMaps }];
const esmPackages = Object.keys(read('./node_modules/.package-lock.json').packages).filter((folder) => {
  const manifest = new URL(`./${folder}/package.json`, import.meta.url);
  return fs.existsSync(manifest) && JSON.parse(fs.readFileSync(manifest, 'utf8')).type === 'module';
});
const esmFolder = `${escape(import.meta.dirname)}/(?:${esmPackages.map(escape).join('|')})/(?!node_modules/)`;

/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/src', '<rootDir>/test'],
  testRegex: String.raw`[.-]spec\.ts$`,
  testTimeout: 30_000,
  maxWorkers: Math.max(2, os.availableParallelism() - 1),
  globalSetup: '<rootDir>/test/setup/global-setup.mjs',
  globalTeardown: '<rootDir>/test/setup/global-teardown.mjs',
  setupFilesAfterEnv: ['<rootDir>/test/tenant-rule/watch.ts'],
  moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json', 'node'],
  moduleNameMapper: {
    '^(@prisma/client/runtime/.*)\\.mjs$': '$1.js',
    '^(\\.{1,2}/.*)\\.js$': ['$1', '$1.js'],
  },
  transform: {
    '^.+\\.ts$': swc(jsc.parser, 'inline'),
    '^.+\\.m?js$': swc({ syntax: 'ecmascript', dynamicImport: true }, false),
  },
  transformIgnorePatterns: [`^(?=.*/node_modules/)(?!${esmFolder})`],
};
