// An HTTP router on Request and Response.
import { Hono } from 'hono';

const app = new Hono();
app.use(async (context, next) => {
  await next();
  context.header('x-by', 'hono');
});
app.get('/tea/:kind{[a-z]+}', (context) => context.json({ kind: context.req.param('kind'), q: context.req.query('q') }));
app.post('/echo', async (context) => context.text((await context.req.text()).toUpperCase(), 201));

export async function run(): Promise<string> {
  const found = await app.request('/tea/green?q=1%202');
  const echoed = await app.request('/echo', { method: 'POST', body: 'hello' });
  const missing = await app.request('/tea/1');
  return `${found.status} ${await found.text()} ${found.headers.get('x-by')} ${echoed.status} ${await echoed.text()} ${missing.status}`;
}
