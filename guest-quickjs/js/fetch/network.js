// One exchange with a server, over outwit:fetch/client, and what its errors say.

import { send } from "outwit:fetch/client";
import { BigInt, TypeError, then } from "outwit:webidl/primordials.js";
import { handled } from "outwit:streams/base.js";
import { takeBody } from "outwit:fetch/body.js";
import { pairsOfList } from "outwit:fetch/headers.js";

const { ComponentError } = globalThis;

/**
 * Sends a request and gives a promise of the response as the interface has it. Its `url` is a URL object, `headers` a list, `body` a `Body` or `null`.
 * `control.call` is what can be given up meanwhile.
 */
export async function exchange({ method, url, headers, body }, control) {
  let cause;
  let given;
  if (body !== null) {
    const { stream, size, end } = takeBody(body);
    const failed = (error) => {
      cause = error;
      // the host is to know that this was not all
      throw new ComponentError({ tag: "body-failed" });
    };
    given = {
      content: stream,
      end: handled(then(end, undefined, failed)),
      length: size === undefined ? undefined : BigInt(size),
    };
  }
  control.call = send({ method, url: url.href, headers: pairsOfList(headers), body: given });
  try {
    return await control.call;
  } catch (error) {
    throw networkError(error, url, cause);
  } finally {
    control.call = undefined;
  }
}

/** The TypeError for an error of the interface. */
export function networkError(error, url, cause = error) {
  const { payload } = error;
  if (payload === undefined) return error;
  return new TypeError(`fetch ${url.origin}: ${explain(payload, url)}`, { cause });
}

function explain({ tag, val }, url) {
  switch (tag) {
    case "invalid-url":
      return `the URL cannot be fetched: ${val}`;
    case "invalid-request":
      return `the request cannot be sent: ${val}`;
    case "not-allowed":
      return refuse(val, url);
    case "name-not-resolved":
      return `the name ${url.hostname} cannot be resolved; check its spelling, and the network of the host`;
    case "refused":
      return "nothing accepts connections there; check the port, and whether the server runs";
    case "unreachable":
      return "there is no way to it; check the network of the host";
    case "tls":
      return `there is no secure connection to it: ${val}; check the certificate of the server, and whether the application trusts who signed it`;
    case "timeout":
      return LATE[val];
    case "cut-off":
      return "the connection ended before all of the response had come; it may work again later";
    case "protocol":
      return `what came back is not HTTP: ${val}`;
    case "header-too-large":
      return `the headers are more than 128, or larger than ${val} bytes; 'headers' of the plugin's grant sets the limit`;
    case "body-too-large":
      return `the body is larger than ${val} bytes; 'body' of the plugin's grant sets the limit`;
    case "content-coding":
      return "the body is not what its content-encoding says";
    case "body-failed":
      return "the body of the request failed";
    default:
      return val;
  }
}

const LATE = {
  __proto__: null,
  connect: "connecting took too long; 'connect-timeout' of the plugin's grant sets the limit",
  response: "the response took too long; 'idle-timeout' of the plugin's grant sets the limit",
  body: "the body stopped coming; 'idle-timeout' of the plugin's grant sets the limit",
};

function refuse(denial, url) {
  switch (denial) {
    case "origin":
      return `the plugin may not send requests there; to allow it, add "${url.origin}" to 'fetch' of its grant in the manifest`;
    case "method":
      return "the plugin may not use this method there; 'methods' of its grant lists those it may";
    case "address":
      return `the plugin may not connect to private addresses, and ${url.hostname} has no other; 'allow-private' of its grant lists those it may`;
    case "policy":
      return "the policy of the application does not allow it";
    default:
      return "the plugin may not send requests; 'fetch' of its grant in the manifest allows it";
  }
}
