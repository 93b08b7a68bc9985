// Answers every function of `test:collections/echo` with the value it was given.
const same = (v) => v;

export const echo = {
  echoMap: same,
  echoMapU64: same,
  echoMapChar: same,
  echoMapBool: same,
  echoMapPoints: same,
  echoMapMaps: same,
  echoMaps: same,
  echoBytes: same,
  echoOne: same,
  echoShorts: same,
  echoFloats: same,
  echoLongs: same,
  echoPoints: same,
  echoSixteen: same,
  echoSeventeen: same,
  echoMany: same,
  echoNested: same,
  echoListOfFixed: same,
  echoCells: same,
  echoCell: same,
  echoResult: same,
  echoTwo: (...values) => values,
};

export const owned = {
  echoStrings: same,
  echoFixedOfLists: same,
};
