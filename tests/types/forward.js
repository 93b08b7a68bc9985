// Answers every function of `test:types/forward` by calling its namesake in `echo`.
import * as echo from 'test:types/echo@0.1.0';

export const forward = { ...echo };
