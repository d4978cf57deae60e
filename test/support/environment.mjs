import { ModernFakeTimers } from '@jest/fake-timers';
import { ModuleMocker } from 'jest-mock';
import { installCommonGlobals } from 'jest-util';
import vm from 'node:vm';

/** What a context has of its own, or is given below. */
const OWN = new Set(['globalThis', 'global', 'GLOBAL', 'root', 'Buffer', 'ArrayBuffer', 'Uint8Array']);

/** Reading these makes Node 25 and later print a warning. */
const WARNING = new Set(['localStorage', 'sessionStorage']);

/**
 * Jest's environment `node` on an ordinary global object. Jest's own reads every global (Date, Object, Promise) through an
 * interceptor and a proxy: 2 us each on Node 20, against 0.1 us here, and the sources read them all the time. As there,
 * each test file has a realm and a set of modules of its own.
 */
export default class PlainEnvironment {
  constructor({ projectConfig }) {
    this.context = vm.createContext(vm.constants.DONT_CONTEXTIFY);
    this.global = vm.runInContext('globalThis', this.context);
    copyGlobals(this.global);
    installCommonGlobals(this.global, projectConfig.globals);
    this.moduleMocker = new ModuleMocker(this.global);
    this.fakeTimers = null;
    this.fakeTimersModern = new ModernFakeTimers({ config: projectConfig, global: this.global });
  }

  async setup() {}

  async teardown() {
    this.fakeTimersModern.dispose();
    this.context = null;
    this.global = null;
  }

  exportConditions() {
    return ['node', 'node-addons'];
  }

  getVmContext() {
    return this.context;
  }
}

/** Gives a realm what Node adds to the language. */
function copyGlobals(target) {
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    if (name in target || OWN.has(name) || WARNING.has(name)) continue;
    const descriptor = Object.getOwnPropertyDescriptor(globalThis, name);
    Object.defineProperty(target, name, 'value' in descriptor ? descriptor : whenFirstRead(name, target));
  }
  target.global = target;
  // The same as in Node's own modules, so that `instanceof` holds for what they return.
  Object.assign(target, { Buffer, ArrayBuffer, Uint8Array });
  for (const name of ['asyncDispose', 'dispose'])
    if (!(name in target.Symbol)) target.Symbol[name] = target.Symbol.for(`nodejs.${name}`);
  target.Error.stackTraceLimit = 100;
}

/** Node 26 loads a module for each of these, so they are read when a test reads them. */
function whenFirstRead(name, target) {
  const set = (value) =>
    Object.defineProperty(target, name, { value, configurable: true, enumerable: false, writable: true });
  return {
    configurable: true,
    enumerable: false,
    get() {
      const value = globalThis[name];
      set(value);
      return value;
    },
    set,
  };
}
