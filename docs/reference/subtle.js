export async function example() {
    const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
    const algorithm = { name: 'AES-GCM', iv: new Uint8Array(12) }; // never use one twice with the same key
    const secret = await crypto.subtle.encrypt(algorithm, key, new TextEncoder().encode('meet at noon'));
    const text = await crypto.subtle.decrypt(algorithm, key, secret);
    return new TextDecoder().decode(text); // meet at noon
}
