// A JWT library on WebCrypto.
import { SignJWT, generateKeyPair, jwtVerify } from 'jose';

export async function run(): Promise<string> {
  const secret = new TextEncoder().encode('a secret of at least thirty-two bytes');
  const token = await new SignJWT({ role: 'admin' })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer('outwit')
    .setExpirationTime(4102444800)
    .sign(secret);
  const { payload } = await jwtVerify(token, secret, { issuer: 'outwit' });
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const signed = await new SignJWT({}).setProtectedHeader({ alg: 'ES256' }).sign(privateKey);
  const { protectedHeader } = await jwtVerify(signed, publicKey);
  const refused = await jwtVerify(`${token.slice(0, -2)}AA`, secret).catch((error) => error.code);
  return `${payload.role} ${protectedHeader.alg} ${refused}`;
}
