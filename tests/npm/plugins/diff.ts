// A library that compares texts.
import { applyPatch, createTwoFilesPatch, diffWords } from 'diff';

export async function run(): Promise<string> {
  const [before, after] = ['one\ntwo\nthree\n', 'one\n2\nthree\nfour\n'];
  const patch = createTwoFilesPatch('a', 'b', before, after);
  const words = diffWords('the quick fox', 'the slow fox').map(({ added, removed, value }) => `${added ? '+' : removed ? '-' : '='}${value.trim()}`);
  return `${applyPatch(before, patch) === after} ${words.join(' ')}`;
}
