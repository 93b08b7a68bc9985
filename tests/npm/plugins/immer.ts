// A library for immutable data.
import { enablePatches, produce, produceWithPatches } from 'immer';

enablePatches();

export async function run(): Promise<string> {
  const before = { list: [{ n: 1 }, { n: 2 }], other: { kept: true } };
  const after = produce(before, (draft) => {
    draft.list[1].n = 3;
    draft.list.push({ n: 4 });
  });
  const [, patches] = produceWithPatches(before, (draft) => void (draft.other.kept = false));
  const frozen = Object.isFrozen(after.list);
  return `${before.list[1].n} ${after.list.map(({ n }) => n)} ${before.other === after.other} ${frozen} ${JSON.stringify(patches)}`;
}
