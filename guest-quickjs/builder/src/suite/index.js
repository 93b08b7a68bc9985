// `outwit:test`: what test files import.
export { expect } from 'outwit:test.expect.js';
export { vi, fake } from 'outwit:test.fakes.js';
export { afterAll, afterEach, beforeAll, beforeEach, describe, it, test } from 'outwit:test.suite.js';
