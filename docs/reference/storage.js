export async function example() {
    localStorage.setItem('theme', 'dark');
    localStorage.size = 12; // the same as setItem
    localStorage.removeItem('size');
    return `${localStorage.getItem('theme')} of ${localStorage.length}`; // dark of 1
}
