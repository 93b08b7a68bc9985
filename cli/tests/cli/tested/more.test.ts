import { assert, describe, expect, expectTypeOf, it, onTestFinished, test, vi } from 'vitest';
import { fake } from 'outwit:test';
import { price, start } from 'example:job/jobs';

describe('time is exact', () => {
    it('with hundreds of timers, in the test and in the component', { timeout: 60_000 }, async () => {
        vi.useFakeTimers({ now: 0 });
        onTestFinished(() => void vi.useRealTimers());
        const seen: number[] = [];
        for (let i = 300; i > 0; i--) setTimeout(() => seen.push(i), i * 10);
        const many = Array.from({ length: 20 }, (_, i) => start(`job-${i}`, 10, i + 1));
        await vi.advanceTimersByTime(3000);
        expect(seen).toEqual(Array.from({ length: 300 }, (_, i) => i + 1));
        const reports = await Promise.all(many);
        expect(reports.map(({ last }) => last)).toEqual(Array.from({ length: 20 }, (_, i) => (i + 1) * 10));
    });

    it('with chains of what waits', { timeout: 60_000 }, async () => {
        vi.useFakeTimers({ now: 0 });
        onTestFinished(() => void vi.useRealTimers());
        fake.reset();
        fake.fetch('POST https://api.example.com/items/*', { json: { price: 1 }, delay: 250 });
        const order: string[] = [];
        const chain = async (name: string, wait: number) => {
            for (let i = 0; i < 20; i++) {
                await Promise.resolve();
                await new Promise((resolve) => setTimeout(resolve, wait));
                await price('tea');
                order.push(`${name} at ${Date.now()}`);
            }
        };
        const both = Promise.all([chain('a', 50), chain('b', 150)]);
        await vi.advanceTimersByTime(299);
        expect(order).toEqual([]);
        await vi.advanceTimersByTime(1);
        expect(order).toEqual(['a at 300']);
        await vi.advanceTimersByTime(100);
        expect(order).toEqual(['a at 300', 'b at 400']);
        await vi.advanceTimersByTime(20 * 400 - 400);
        await both;
        expect(order.filter((one) => one.startsWith('a'))).toHaveLength(20);
        expect(order.at(-1)).toBe('b at 8000');
    });

    it('waits as told', async () => {
        vi.useFakeTimers({ now: 0 });
        onTestFinished(() => void vi.useRealTimers());
        let state = 'before';
        setTimeout(() => { state = 'after'; }, 400);
        await vi.waitFor(() => expect(state).toBe('after'));
        setTimeout(() => { state = 'later'; }, 400);
        await expect.poll(() => state).toBe('later');
        setTimeout(() => { state = 'last'; }, 400);
        expect(await vi.waitUntil(() => state === 'last')).toBe(true);
        await expect(vi.waitFor(() => expect(1).toBe(2), { timeout: 100 })).rejects.toThrow('to be 2');
    });
});

describe('definitions', () => {
    describe.each([{ a: 1, b: 2 }, { a: 2, b: 3 }])('with $a', ({ a, b }) => {
        it('has one more', () => expect(a + 1).toBe(b));
    });
    test.for([[1, 2], [2, 3]])('%$: %i is one less than %i', ([a, b], { expect }) => {
        expect(a! + 1).toBe(b);
    });
    it.concurrent('may run at the same time', async () => expect(await Promise.resolve(1)).toBe(1));
    it.skip.each([1])('is skipped: %i', () => expect.unreachable());
    it.skipIf(true)('is skipped as well', () => expect.unreachable());
    it('says itself that it is skipped', ({ skip }) => skip());
    let count = 0;
    it('is tried again', { retry: 3 }, () => expect(++count).toBe(3));
    it('may take long', async () => {}, 60_000);
});

describe('expectations', () => {
    it('are many', () => {
        const spy = vi.fn((x: number) => x * 2);
        spy(1);
        spy(2);
        expect(spy).toHaveReturnedTimes(2);
        expect(spy).toHaveLastReturnedWith(4);
        expect(spy).toHaveNthReturnedWith(1, 2);
        expect(spy).not.toHaveBeenCalledExactlyOnceWith(1);
        const other = vi.fn();
        other();
        expect(spy).toHaveBeenCalledBefore(other);
        expect([1, 2]).to.deep.equal([1, 2]);
        expect('text').to.be.a('string').and.to.have.lengthOf(4);
        expect(true).to.not.be.false;
        assert.deepEqual({ a: 1 }, { a: 1 });
        expectTypeOf('a').toBeString();
        expect.extend({
            toBeEven(value: number) {
                return { pass: value % 2 === 0, message: () => `${value} is ${this.isNot ? '' : 'not '}even` };
            },
        });
        const extended = expect as any;
        extended(2).toBeEven();
        extended(3).not.toBeEven();
        expect(() => extended(3).toBeEven()).toThrow('3 is not even');
        expect({ n: 4 }).toEqual({ n: extended.toBeEven() });
    });
    it('know what promises became', async () => {
        const later = vi.fn().mockResolvedValueOnce(1).mockRejectedValueOnce(new Error('no')).mockResolvedValue(3);
        expect(await later()).toBe(1);
        await expect(later()).rejects.toThrow('no');
        expect(await later()).toBe(3);
        expect(later).toHaveResolvedTimes(2);
        expect(later).toHaveResolvedWith(3);
    });
});
