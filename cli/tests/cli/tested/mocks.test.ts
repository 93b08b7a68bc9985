import { describe, expect, it, vi } from 'vitest';
import { jobs } from './plugin.js';
import { total } from './basket.js';
import { price, rate, Till } from './prices.js';
import * as prices from './prices.js';
import all from './all.js';

const mocks = vi.hoisted(() => ({ price: vi.fn(() => 5) }));

vi.mock('./prices.js', async (actual) => ({
    ...(await actual()),
    price: mocks.price,
    default: 'replaced',
}));
vi.mock(import('./all.js'));

describe('vi.mock', () => {
    it('replaces a module for all that import it', async () => {
        expect(total(['tea', 'milk'])).toBe(20);
        expect(mocks.price).toHaveBeenCalledTimes(2);
        expect(price).toBe(mocks.price);
        expect(prices.default).toBe('replaced');
        expect(rate).toBe(2);
        const actual = await vi.importActual('./prices.js');
        expect(actual.price('tea')).toBe(3);
    });
    it('makes one that only notes calls', () => {
        expect(vi.isMockFunction(all.twice)).toBe(true);
        expect(all.twice(2)).toBe(undefined);
        expect(all.list).toEqual([]);
        expect(all.name).toBe('all');
    });
    it('leaves the others alone', () => {
        expect(jobs.boom('x')).toBe('x');
        expect(new Till().open()).toBe(true);
        const spied = vi.mockObject({ f: (x: number) => x + 1 }, { spy: true });
        expect(spied.f(1)).toBe(2);
        expect(spied.f).toHaveBeenCalledWith(1);
    });
});
