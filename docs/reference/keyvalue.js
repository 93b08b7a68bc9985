export async function example() {
    const visits = await KeyValueStore.open('visits');
    await visits.commit([['page/a', 'seen'], ['page/b', 'seen']]); // both, or none
    const before = await visits.getText('count'); // undefined the first time
    await visits.compareAndSet('count', before, String(Number(before ?? 0) + 1));
    const pages = [];
    for await (const key of visits.keys({ prefix: 'page/' })) pages.push(key);
    return `${await visits.getText('count')}: ${pages}`; // 1: page/a,page/b
}
