import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, fake, it, test, vi } from 'outwit:test';
import { jobs } from './plugin.js';
import { boom, price, start, status } from 'example:job/jobs';

describe('time', () => {
    beforeEach(() => {
        vi.useFakeTimers({ now: '2030-01-01T00:00:00Z' });
        return () => vi.useRealTimers();
    });

    it('moves when told, in a module', async () => {
        const done = jobs.start('backup', 3, 60_000);
        await vi.advanceTimersByTime(60_000);
        expect(jobs.status()).toBe('1 at 2030-01-01T00:01:00.000Z');
        await vi.advanceTimersByTime(120_000);
        expect(await done).toEqual({ name: 'backup', runs: 3, last: Date.parse('2030-01-01T00:03:00Z') });
    });

    it('moves when told, in the component', async () => {
        const done = start('backup', 2, 3_600_000);
        await vi.advanceTimersByTimeAsync(7_200_000);
        await expect(done).resolves.toMatchObject({ runs: 2 });
        expect(status()).toBe('2 at 2030-01-01T02:00:00.000Z');
        expect(localStorage.getItem('backup')).toContain('2030');
    });

    it('can be set, back as well', () => {
        vi.setSystemTime('1999-12-31T00:00:00Z');
        expect(new Date().getUTCFullYear()).toBe(1999);
        vi.setSystemTime(Date.UTC(2040, 0));
        expect(new Date().toISOString()).toBe('2040-01-01T00:00:00.000Z');
    });

    it('runs timers until there are none', async () => {
        const calls = vi.fn();
        setTimeout(calls, 1000, 'a');
        setTimeout(() => setTimeout(calls, 5000, 'b'), 500);
        expect(calls).not.toHaveBeenCalled();
        await vi.runAllTimersAsync();
        expect(calls.mock.calls).toEqual([['a'], ['b']]);
    });
});

describe('network', () => {
    beforeEach(() => fake.reset());

    it('is made up', async () => {
        fake.fetch('POST https://api.example.com/items/*', { json: { price: 2.5 } }, { status: 503 });
        expect(await price('tea')).toBe(2.5);
        await expect(jobs.price('tea')).rejects.toThrow('503');
        expect(fake.requests()).toHaveLength(2);
        expect(fake.requests()[0]).toMatchObject({
            method: 'POST',
            url: 'https://api.example.com/items/tea',
            body: '{"item":"tea"}',
            headers: expect.arrayContaining([['x-a', 'b']]),
        });
    });

    it('is held to the grant', async () => {
        fake.fetch('*', 'hello');
        await expect(fetch('https://other.example.com/')).rejects.toThrow(TypeError);
    });

    it('is not there otherwise', async () => {
        await expect(jobs.price('x')).rejects.toThrow('no test answers POST https://api.example.com/items/x');
        fake.fetch('https://api.example.com/items/x', { error: 'the cable is cut' });
        await expect(jobs.price('x')).rejects.toThrow('the cable is cut');
    });
});

describe('hooks', () => {
    const seen: string[] = [];
    beforeAll(() => void seen.push('before all'));
    afterAll(() => void seen.push('after all'));
    beforeEach(() => void seen.push('before'));
    afterEach(() => void seen.push('after'));

    describe('inside', () => {
        beforeEach(() => void seen.push('before inside'));
        test('first', () => void seen.push('first'));
    });
    test('second', () => {
        expect(seen).toEqual(['before all', 'before', 'before inside', 'first', 'after', 'before']);
    });
});

describe('expectations', () => {
    it.each([{ a: 1, b: 2 }])('$a and $b are 3', ({ a, b }) => {
        expect(a + b).toBe(3);
    });
    it.each`
        a    | b    | sum
        ${1} | ${2} | ${3}
        ${2} | ${2} | ${4}
    `('$a + $b = $sum', ({ a, b, sum }) => {
        expect(a + b).toBe(sum);
    });
    it.each([[1, 'one'], [2, 'two']] as const)('%i is %s', (number, name) => {
        expect(typeof number).not.toBe(typeof name);
    });
    it.fails('is expected to fail', () => {
        expect(1).toBe(2);
    });
    it.skip('is skipped', () => expect.unreachable());
    it.todo('is to be written');

    it('sees through structures', () => {
        const date = new Date(0);
        expect({ a: [1, new Map([['x', new Set([1])]])], date }).toEqual({ a: [1, new Map([['x', new Set([1])]])], date: new Date(0) });
        expect({ a: undefined }).toEqual({});
        expect({ a: undefined }).not.toStrictEqual({});
        expect({ a: 1, s: 'xyz' }).toEqual({ a: expect.any(Number), s: expect.stringContaining('y') });
        expect([1, 2, 3]).toEqual(expect.arrayContaining([3, 1]));
        expect({ a: { b: 1, c: 2 }, d: 3 }).toMatchObject({ a: { b: 1 } });
        expect({ a: { b: [1, 2] } }).toHaveProperty('a.b[1]', 2);
        expect(0.1 + 0.2).toBeCloseTo(0.3);
        expect(NaN).toBeNaN();
        expect(new Uint8Array([1, 2])).toEqual(new Uint8Array([1, 2]));
        expect(() => { throw new RangeError('too far'); }).toThrow(RangeError);
        expect(boom('x')).toMatch(/^x$/);
    });

    it('spies', () => {
        const object = { double: (x: number) => x * 2 };
        const spy = vi.spyOn(object, 'double').mockReturnValueOnce(9);
        expect([object.double(1), object.double(1)]).toEqual([9, 2]);
        expect(spy).toHaveBeenCalledTimes(2);
        expect(spy).toHaveBeenLastCalledWith(1);
        spy.mockRestore();
        expect(vi.isMockFunction(object.double)).toBe(false);
    });
});
