// A validator.
import { z } from 'zod';

const Order = z.object({
  id: z.uuid(),
  items: z.array(z.object({ name: z.string().min(1), count: z.int().positive() })).nonempty(),
  note: z.string().optional(),
});
type Order = z.infer<typeof Order>;

export async function run(): Promise<string> {
  const good: Order = { id: '6fa459ea-ee8a-4ca4-894e-db77e160355e', items: [{ name: 'tea', count: 2 }] };
  const parsed = Order.parse(good);
  const bad = Order.safeParse({ id: '1', items: [{ name: '', count: 0.5 }] });
  const paths = bad.success ? [] : bad.error.issues.map((issue) => issue.path.join('.'));
  return `${parsed.items[0].count} ${paths.join(' ')}`;
}
