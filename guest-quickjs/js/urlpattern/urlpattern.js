// `URLPattern`: URL Pattern (WHATWG). https://urlpattern.spec.whatwg.org/

import { parse } from "outwit:engine/url";
import {
  TypeError, lastIndexOfText, sliceText, startsWith, test,
} from "outwit:webidl/primordials.js";
import { boolean, dictionary, enumeration, isObject, record, usvString } from "outwit:webidl/convert.js";
import { defineInterface, required } from "outwit:webidl/interface.js";
import * as canonical from "outwit:urlpattern/canonical.js";
import { PLAIN, isSpecial, parseConstructorString } from "outwit:urlpattern/constructor-string.js";
import { Component, escapePattern } from "outwit:urlpattern/parts.js";

const NAMES = ["protocol", "username", "password", "hostname", "port", "pathname", "search", "hash"];

const text = { type: usvString };
const urlPatternInit = dictionary("URLPatternInit", {
  protocol: text,
  username: text,
  password: text,
  hostname: text,
  port: text,
  pathname: text,
  search: text,
  hash: text,
  baseURL: text,
});
const urlPatternOptions = dictionary("URLPatternOptions", {
  ignoreCase: { type: boolean, default: false },
});

const componentName = enumeration("URLPatternComponent", NAMES);
const groupsType = record(usvString, usvString);

/** `URLPatternInput`: a string or an init. */
const urlPatternInput = (value, what) =>
  value === undefined || value === null || isObject(value) ? urlPatternInit(value, what) : usvString(value, what);

/** The parts of a URL that has been parsed. */
const partsOf = ({
  0: href, 1: protocolEnd, 2: usernameEnd, 3: passwordEnd, 4: hostnameEnd, 5: portEnd, 6: pathnameEnd, 7: searchEnd, 8: usernameStart,
  9: passwordStart, 10: hostnameStart, 11: pathnameStart,
}) => ({
  __proto__: null,
  protocol: sliceText(href, 0, protocolEnd - 1),
  username: sliceText(href, usernameStart, usernameEnd),
  password: sliceText(href, passwordStart, passwordEnd),
  hostname: sliceText(href, hostnameStart, hostnameEnd),
  port: sliceText(href, hostnameEnd + 1, portEnd),
  pathname: sliceText(href, pathnameStart, pathnameEnd),
  search: sliceText(href, pathnameEnd + 1, searchEnd),
  hash: sliceText(href, searchEnd + 1),
});

/** What an init says, completed from its base URL; of a URL in canonical form. */
function process(init, isPattern) {
  const result = { __proto__: null };
  if (!isPattern) for (let i = 0; i < NAMES.length; i++) result[NAMES[i]] = "";
  let base;
  if (init.baseURL !== undefined) {
    const parsed = parse(init.baseURL, undefined);
    if (parsed === undefined) throw new TypeError(`URLPattern: baseURL: '${init.baseURL}' is no URL`);
    base = partsOf(parsed);
    const inherit = (name) => {
      result[name] = isPattern ? escapePattern(base[name]) : base[name];
    };
    // each is inherited as long as nothing before it is given
    if (init.protocol === undefined) {
      inherit("protocol");
      const hasHostname = init.hostname !== undefined;
      const hasPort = hasHostname || init.port !== undefined;
      if (!isPattern && !hasPort && init.username === undefined) {
        inherit("username");
        if (init.password === undefined) inherit("password");
      }
      if (!hasHostname) inherit("hostname");
      if (!hasPort) {
        inherit("port");
        if (init.pathname === undefined) {
          inherit("pathname");
          if (init.search === undefined) {
            inherit("search");
            if (init.hash === undefined) inherit("hash");
          }
        }
      }
    }
  }
  const set = (name, value, encode) => {
    if (value !== undefined) result[name] = isPattern ? value : encode(value);
  };
  const { protocol, pathname, search, hash } = init;
  set("protocol", protocol !== undefined && protocol[protocol.length - 1] === ":" ? sliceText(protocol, 0, -1) : protocol, canonical.protocol);
  const scheme = result.protocol;
  set("username", init.username, canonical.username);
  set("password", init.password, canonical.password);
  const isKnown = scheme === undefined || scheme === "" || scheme in canonical.SPECIAL;
  set("hostname", init.hostname, isKnown ? canonical.domain : canonical.hostname);
  set("port", init.port, (value) => canonical.port(value, scheme));
  if (pathname !== undefined) {
    let path = pathname;
    if (base !== undefined && startsWith(base.pathname, "/") && !isAbsolute(path, isPattern)) {
      const basePath = isPattern ? escapePattern(base.pathname) : base.pathname;
      path = sliceText(basePath, 0, lastIndexOfText(basePath, "/") + 1) + path;
    }
    set("pathname", path, isKnown ? canonical.pathname : canonical.opaquePathname);
  }
  set("search", search !== undefined && search[0] === "?" ? sliceText(search, 1) : search, canonical.search);
  set("hash", hash !== undefined && hash[0] === "#" ? sliceText(hash, 1) : hash, canonical.hash);
  return result;
}

const isAbsolute = (path, isPattern) =>
  path[0] === "/" || (isPattern && (startsWith(path, "\\/") || startsWith(path, "{/")));

const IPV6_PATTERN = /^(?:\[|\{\[|\\\[)./;

/** The components of a pattern. */
function compile(init, ignoreCase) {
  const given = process(init, true);
  for (let i = 0; i < NAMES.length; i++) given[NAMES[i]] ??= "*";
  if (canonical.SPECIAL[given.protocol] === given.port) given.port = "";
  const options = { __proto__: null, ...PLAIN, ignoreCase };
  const hostOptions = { __proto__: null, ...PLAIN, delimiter: "." };
  const pathOptions = { __proto__: null, delimiter: "/", prefix: "/", ignoreCase };
  const protocol = new Component(given.protocol, canonical.protocol, PLAIN);
  const special = isSpecial(protocol);
  const host = test(IPV6_PATTERN, given.hostname) ? canonical.ipv6 : special ? canonical.domain : canonical.hostname;
  return {
    __proto__: null,
    protocol,
    username: new Component(given.username, canonical.username, PLAIN),
    password: new Component(given.password, canonical.password, PLAIN),
    hostname: new Component(given.hostname, host, hostOptions),
    port: new Component(given.port, (value) => canonical.port(value), PLAIN),
    pathname: special
      ? new Component(given.pathname, canonical.pathname, pathOptions)
      : new Component(given.pathname, canonical.opaquePathname, options),
    search: new Component(given.search, canonical.search, options),
    hash: new Component(given.hash, canonical.hash, options),
  };
}

/** What a pattern is matched with: `{ inputs, parts }`, or `null` if it is no URL. */
function inputOf(input, base, name) {
  input = urlPatternInput(input, `${name}: input`);
  if (base !== undefined) base = usvString(base, `${name}: baseURL`);
  if (typeof input === "string") {
    const parsed = parse(input, base);
    if (parsed === undefined) return null;
    return { __proto__: null, inputs: base === undefined ? [input] : [input, base], parts: partsOf(parsed) };
  }
  if (base !== undefined) throw new TypeError(`${name}: baseURL: is for strings; of an init it is a member`);
  try {
    return { __proto__: null, inputs: [{ ...input }], parts: process(input, false) };
  } catch {
    return null;
  }
}

class URLPattern {
  #components;

  constructor(input = {}, baseURL = undefined, options = undefined) {
    input = urlPatternInput(input, "URLPattern: input");
    if (arguments.length < 3 && (baseURL === undefined || baseURL === null || isObject(baseURL))) {
      options = baseURL;
      baseURL = undefined;
    } else {
      baseURL = usvString(baseURL, "URLPattern: baseURL");
    }
    const { ignoreCase } = urlPatternOptions(options, "URLPattern: options");
    if (typeof input === "string") {
      input = parseConstructorString(input);
      if (baseURL !== undefined) input.baseURL = baseURL;
      else if (input.protocol === undefined) throw new TypeError("URLPattern: input: a pattern without a protocol needs a base URL");
    } else if (baseURL !== undefined) {
      throw new TypeError("URLPattern: baseURL: is for strings; of an init it is a member");
    }
    this.#components = compile(input, ignoreCase);
  }

  test(input = {}, baseURL = undefined) {
    const components = this.#components;
    const given = inputOf(input, baseURL, "URLPattern.test");
    if (given === null) return false;
    for (let i = 0; i < NAMES.length; i++) {
      if (!components[NAMES[i]].test(given.parts[NAMES[i]])) return false;
    }
    return true;
  }

  exec(input = {}, baseURL = undefined) {
    const components = this.#components;
    const given = inputOf(input, baseURL, "URLPattern.exec");
    if (given === null) return null;
    const result = { inputs: given.inputs };
    for (let i = 0; i < NAMES.length; i++) {
      const found = components[NAMES[i]].exec(given.parts[NAMES[i]]);
      if (found === null) return null;
      result[NAMES[i]] = found;
    }
    return result;
  }

  get protocol() {
    return this.#components.protocol.pattern;
  }

  get username() {
    return this.#components.username.pattern;
  }

  get password() {
    return this.#components.password.pattern;
  }

  get hostname() {
    return this.#components.hostname.pattern;
  }

  get port() {
    return this.#components.port.pattern;
  }

  get pathname() {
    return this.#components.pathname.pattern;
  }

  get search() {
    return this.#components.search.pattern;
  }

  get hash() {
    return this.#components.hash.pattern;
  }

  // the next two are proposals that the standard has not taken yet

  generate(component, groups) {
    const components = this.#components;
    required(arguments.length, 2, "URLPattern.generate");
    component = componentName(component, "URLPattern.generate: component");
    const pairs = groupsType(groups, "URLPattern.generate: groups");
    const values = { __proto__: null };
    for (let i = 0; i < pairs.length; i++) values[pairs[i][0]] = pairs[i][1];
    return components[component].generate(values);
  }

  static compareComponent(component, left, right) {
    required(arguments.length, 3, "URLPattern.compareComponent");
    component = componentName(component, "URLPattern.compareComponent: component");
    return left.#components[component].compare(right.#components[component]);
  }

  get hasRegExpGroups() {
    const components = this.#components;
    for (let i = 0; i < NAMES.length; i++) {
      if (components[NAMES[i]].hasRegExpGroups) return true;
    }
    return false;
  }
}
defineInterface(URLPattern);

export { URLPattern };
