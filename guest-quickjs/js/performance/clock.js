// The time, for web APIs that need nothing else of `performance`.

export { now, timeOrigin } from "outwit:performance/clock";
