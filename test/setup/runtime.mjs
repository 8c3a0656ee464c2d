// Of each test file Jest loads anew what is Franja's; Node loads the dependencies, once in each process, as it does in production: ES modules
// as they are. Loading all of them for every file took longer than most files.
import { createRequire, isBuiltin } from 'node:module';
import path from 'node:path';
import vm from 'node:vm';
import Runtime from 'jest-runtime';

const isDependency = (name) => !name.startsWith('.') && !path.isAbsolute(name) && !isBuiltin(name) && name !== '@jest/globals';

export default class extends Runtime {
  constructor(...args) {
    super(...args);
    const { executor } = this;
    executor.compile = (source, filename) => vm.compileFunction(source, executor.injectedModuleParameters, { filename });
  }

  requireModuleOrMock(from, name) {
    return isDependency(name) ? createRequire(from)(name) : super.requireModuleOrMock(from, name);
  }
}
