export async function example() {
    console.log('%d pages in %s', 3, 'docs');
    console.warn('notes.md has no title');
    console.table([{ page: 'notes.md', words: 120 }]);
    return 'printed';
}
