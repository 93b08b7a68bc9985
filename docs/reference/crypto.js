export async function example() {
    const id = crypto.randomUUID();
    const salt = crypto.getRandomValues(new Uint8Array(16));
    return `${id.length} characters, ${salt.length} bytes`; // 36 characters, 16 bytes
}
