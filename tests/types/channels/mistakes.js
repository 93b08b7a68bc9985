// Uses streams and futures in ways that cannot work. The name of a check is the code to run.

import * as api from 'test:channels/api';

const AsyncFunction = (async () => {}).constructor;

export const driver = {
  async check(code) {
    try {
      return `${await new AsyncFunction('api', `return ${code}`)(api)}`;
    } catch (error) {
      return `${error.name}: ${error.message}`;
    }
  },
};
