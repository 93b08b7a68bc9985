import { describe, expect, it } from 'outwit:test';
import { jobs } from './plugin.js';
import { boom, spin } from 'example:job/jobs';

it('shows a difference', () => {
    expect({ a: 1, b: [1, 2, { c: 'x' }] }).toEqual({ a: 1, b: [1, 3, { c: 'x' }] });
});
it('fails in a module', () => {
    jobs.boom('type');
});
it('fails in the component', () => {
    boom('type');
});
it('never ends', () => new Promise(() => setTimeout(() => {}, 1e6)));
it('spins in the component', () => spin());
it('loses a rejection', async () => {
    Promise.reject(new Error('lost'));
});
it('goes on afterwards', () => {
    expect(boom('x')).toBe('x');
});
