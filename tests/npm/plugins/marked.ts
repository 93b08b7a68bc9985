// A Markdown renderer.
import { marked } from 'marked';

export async function run(): Promise<string> {
  return marked.parse('# Tea\n\n- *green*\n- [black](https://example.com "b")\n\n| a | b |\n|---|--:|\n| 1 | `2` |\n', { async: false });
}
