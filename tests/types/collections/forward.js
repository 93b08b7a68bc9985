// Answers every function of `forward` and `forward-owned` by calling its namesake in `echo` and `owned`.
import * as echo from 'test:collections/echo';
import * as owned from 'test:collections/owned';

export const forward = { ...echo };
export const forwardOwned = { ...owned };
