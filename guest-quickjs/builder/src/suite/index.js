// `outwit:test`: what test files import.
export { expect } from 'outwit:test.expect.js';
export { vi, fake } from 'outwit:test.fakes.js';
export { assert, assertType, chai, expectTypeOf } from 'outwit:test.chai.js';
export { afterAll, afterEach, beforeAll, beforeEach, describe, it, onTestFailed, onTestFinished, suite, test } from 'outwit:test.suite.js';
