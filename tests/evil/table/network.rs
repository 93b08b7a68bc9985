//! The rows of the network: by `outwit:fetch`, `wasi:http` and `outwit:websocket` alike.

use super::Row;
use super::rows::shown;

const FETCH: &str = "tests/fetch/denied.rs";
const FAILURES: &str = "tests/fetch/failures.rs";
const JAVASCRIPT: &str = "tests/fetch/javascript.rs";
const PROTOCOL: &str = "tests/fetch/protocol.rs";
const WASI: &str = "tests/fetch/wasi.rs";
const SOCKETS: &str = "tests/websocket/websocket.rs";
const SOCKET_ATTACKS: &str = "tests/websocket/attacks.rs";

const ADDRESS: &str = "`not-allowed(address)`: no connection, no name looked up";
const PROHIBITED: &str = "`destination-IP-prohibited`: no connection";

pub const NETWORK: &[Row] = &[
    shown(
        "86, 87",
        "addresses of this machine, of private networks and of clouds' metadata in every spelling, by `fetch`",
        FETCH,
        "spellings_of_addresses_of_this_machine",
        ADDRESS,
    ),
    shown(
        "86, 87",
        "the same by `wasi:http`",
        WASI,
        "addresses_of_this_machine_by_any_name",
        PROHIBITED,
    ),
    shown(
        "86, 87",
        "the same by WebSocket",
        SOCKET_ATTACKS,
        "addresses_of_this_machine_by_any_spelling",
        ADDRESS,
    ),
    shown(
        "88–90",
        "names that lead to such addresses, always, now and then, or to both kinds, by `fetch`",
        FETCH,
        "names_that_lead_to_addresses_of_this_machine",
        "the name is looked up once for a connection, and only an address that was judged is connected to",
    ),
    shown(
        "88–90",
        "the same by `wasi:http`",
        WASI,
        "addresses_of_this_machine_by_any_name",
        PROHIBITED,
    ),
    shown(
        "88",
        "the same by WebSocket",
        SOCKETS,
        "what_is_not_granted_has_no_effect",
        "`not-allowed(address)`",
    ),
    shown(
        "91",
        "a redirect to an origin that is not granted, by `fetch`",
        JAVASCRIPT,
        "a_redirect_is_held_to_the_grant_like_any_request",
        "each hop is judged: `TypeError`",
    ),
    shown(
        "91",
        "a redirect to a private address, by `wasi:http`",
        WASI,
        "redirects_are_requests_of_their_own",
        "each hop is judged: `HTTP-request-denied`",
    ),
    shown(
        "91",
        "a redirect instead of a WebSocket",
        SOCKET_ATTACKS,
        "answers_that_are_not_those_of_a_websocket",
        "`not-a-websocket(302)`: nobody follows it",
    ),
    shown(
        "92",
        "a redirect that would take credentials to another origin",
        JAVASCRIPT,
        "redirects",
        "`authorization` and `cookie` stay behind",
    ),
    shown(
        "93, 94",
        "the connection or the TLS session of another plugin",
        PROTOCOL,
        "connections_are_kept_for_the_same_plugin_alone",
        "each plugin has its own",
    ),
    shown(
        "95–97, 99",
        "a host, a method or header fields that would say something else on the wire, by `fetch`",
        FAILURES,
        "requests",
        "`invalid-request`: nothing is sent",
    ),
    shown(
        "95–97, 99",
        "the same, and another URL in place of the path, by `wasi:http`",
        WASI,
        "requests_that_lie_are_not_made",
        "the header, the path or the method is refused: nothing is sent",
    ),
    shown(
        "98",
        "a response with two lengths, with a length and chunks, with chunks that are none, by `fetch`",
        FAILURES,
        "responses",
        "`protocol`; chunks count before a length",
    ),
    shown(
        "98",
        "the same by `wasi:http`",
        WASI,
        "responses_that_lie_are_errors",
        "`HTTP-protocol-error`; chunks count before a length",
    ),
    shown(
        "98",
        "a response without a body that has one: the rest would be the next response",
        PROTOCOL,
        "what_follows_a_response_without_a_body_is_not_the_next_one",
        "the connection is not used again",
    ),
    shown(
        "100",
        "user names in URLs, trailing dots, other schemes and ports, by `fetch`",
        FETCH,
        "origins_methods_and_addresses_that_are_not_granted",
        "`invalid-url`, `not-allowed(origin)`",
    ),
    shown(
        "100",
        "the same by `wasi:http`",
        WASI,
        "what_is_not_granted_is_denied_and_has_no_effect",
        "`HTTP-request-denied`",
    ),
    shown(
        "101",
        "servers that answer slowly or never, by `fetch`",
        FAILURES,
        "waiting",
        "`timeout`",
    ),
    shown(
        "101",
        "the same, and a header that drips, by `wasi:http`",
        WASI,
        "servers_that_never_end",
        "`HTTP-response-timeout`, `connection-read-timeout`",
    ),
    shown(
        "101",
        "a server that never answers that a WebSocket is closed",
        SOCKET_ATTACKS,
        "who_never_closes_is_left",
        "`cut-off` after 10 s; there is room for another connection",
    ),
    shown(
        "101",
        "pings without end",
        SOCKET_ATTACKS,
        "pings_without_end_end_with_the_call",
        "`Error::Limit`: wall",
    ),
    shown(
        "32, 102",
        "a body without end, by `fetch`",
        FAILURES,
        "bodies_that_go_on_are_cut_at_the_limit",
        "`body-too-large`",
    ),
    shown(
        "32, 102",
        "header sections that are too large, and a body without end, by `wasi:http`",
        WASI,
        "servers_that_never_end",
        "`HTTP-response-header-section-size`, `HTTP-response-body-size`",
    ),
    shown(
        "102",
        "frames of 2⁶² bytes, and messages of endless fragments",
        SOCKET_ATTACKS,
        "frames_that_are_too_large_or_none",
        "`message-too-large`: nothing of it is kept",
    ),
    shown(
        "102",
        "frames that are compressed, masked, half or of no kind",
        SOCKET_ATTACKS,
        "frames_that_are_too_large_or_none",
        "`protocol`",
    ),
    shown(
        "32, 105",
        "answers to a WebSocket with the wrong key, with a protocol nobody asked for, with endless header fields",
        SOCKET_ATTACKS,
        "answers_that_are_not_those_of_a_websocket",
        "`protocol`",
    ),
    shown(
        "32",
        "2000 header sections that are kept, and requests that nobody waits for, by `wasi:http`",
        WASI,
        "what_a_plugin_hoards_is_bounded",
        "each has its share of 64 MiB; more ends the instance",
    ),
    shown(
        "35",
        "a small body that decodes to an endless one",
        FAILURES,
        "a_small_body_that_decodes_to_a_large_one_is_cut_at_the_limit",
        "`body-too-large`",
    ),
    shown(
        "106",
        "sockets of WASI",
        "host/tests/grants.rs",
        "what_the_host_lacks_is_named",
        "`Error::NotOffered`",
    ),
    shown(
        "107",
        "a proxy that the environment names",
        FETCH,
        "proxies_of_the_environment_are_not_asked",
        "nobody asks it",
    ),
];
