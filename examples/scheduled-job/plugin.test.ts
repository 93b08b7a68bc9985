import { beforeEach, expect, fake, it, vi } from 'outwit:test';
import { watch } from 'demo:job/watcher';

const URL = 'https://example.com/news';

beforeEach(() => {
    fake.reset();
    localStorage.clear();
    vi.useFakeTimers({ now: '2030-01-01T00:00:00Z' });
    return () => vi.useRealTimers();
});

it('looks every hour, and says when the page has changed', async () => {
    fake.fetch(`GET ${URL}`, 'old', 'old', 'new');
    const looks = watch(URL, 3, 3600);
    await vi.advanceTimersByTime(2 * 3_600_000);
    expect(await looks).toMatchObject([
        { at: '2030-01-01T00:00:00.000Z', changed: false },
        { at: '2030-01-01T01:00:00.000Z', changed: false },
        { at: '2030-01-01T02:00:00.000Z', changed: true },
    ]);
    expect(fake.requests()).toHaveLength(3);
});

it('remembers the page from run to run', async () => {
    fake.fetch(`GET ${URL}`, 'old', 'new');
    await watch(URL, 1, 0);
    expect(await watch(URL, 1, 0)).toMatchObject([{ changed: true }]);
});

it('goes on when the page is not there', async () => {
    fake.fetch(`GET ${URL}`, { status: 503 }, { error: 'the cable is cut' }, 'new');
    const looks = watch(URL, 3, 60);
    await vi.runAllTimers();
    expect(await looks).toMatchObject([
        { failed: 'status 503' },
        { failed: expect.stringContaining('the cable is cut') },
        { changed: false, failed: undefined },
    ]);
});

it('asks nobody else', async () => {
    fake.fetch('*', 'hello');
    const [look] = await watch('https://example.org/', 1, 0);
    expect(look?.failed).toContain('TypeError');
    expect(fake.requests()).toEqual([]);
});
