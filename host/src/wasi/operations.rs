//! What policy and audit know of `wasi:*`.

use crate::policy::operations_of;

const WAITS: &str = "it waits for what an operation gave that was asked about";
const TELLS: &str = "it tells what a stream can take or had to say";
const FLUSHES: &str = "what it flushes was asked about when it was written";

const BUILDS: &str = "it builds a request, which is asked about when it is sent";
const ASKED: &str = "it is part of an exchange that was asked about";
const INCOMING: &str = "it is of requests that come in, and plugins get none";

operations_of! {
    Cli "wasi:cli/environment" {
        GET_ENVIRONMENT = "get-environment" => Empty,
        GET_ARGUMENTS = "get-arguments" => Empty,
        INITIAL_CWD = "initial-cwd" => Empty,
    }
    Cli "wasi:cli/exit" {
        EXIT = "exit" => NotAsked("it ends the plugin's own instance and nothing else"),
        EXIT_WITH_CODE = "exit-with-code" => NotAsked("it ends the plugin's own instance and nothing else"),
    }
    Cli "wasi:cli/stdin" {
        GET_STDIN = "get-stdin" => Empty,
    }
    Cli "wasi:cli/stdout" {
        GET_STDOUT = "get-stdout" => Nothing,
    }
    Cli "wasi:cli/stderr" {
        GET_STDERR = "get-stderr" => Nothing,
    }
    Cli "wasi:cli/terminal-stdin" {
        GET_TERMINAL_STDIN = "get-terminal-stdin" => Empty,
    }
    Cli "wasi:cli/terminal-stdout" {
        GET_TERMINAL_STDOUT = "get-terminal-stdout" => Empty,
    }
    Cli "wasi:cli/terminal-stderr" {
        GET_TERMINAL_STDERR = "get-terminal-stderr" => Empty,
    }
    Filesystem "wasi:filesystem/preopens" {
        GET_DIRECTORIES = "get-directories" => Empty,
    }
    Filesystem "wasi:filesystem/types" {
        READ_VIA_STREAM = "[method]descriptor.read-via-stream" => Error("not-permitted"),
        WRITE_VIA_STREAM = "[method]descriptor.write-via-stream" => Error("not-permitted"),
        APPEND_VIA_STREAM = "[method]descriptor.append-via-stream" => Error("not-permitted"),
        ADVISE = "[method]descriptor.advise" => Error("not-permitted"),
        SYNC_DATA = "[method]descriptor.sync-data" => Error("not-permitted"),
        GET_FLAGS = "[method]descriptor.get-flags" => Error("not-permitted"),
        GET_TYPE = "[method]descriptor.get-type" => Error("not-permitted"),
        SET_SIZE = "[method]descriptor.set-size" => Error("not-permitted"),
        SET_TIMES = "[method]descriptor.set-times" => Error("not-permitted"),
        READ = "[method]descriptor.read" => Error("not-permitted"),
        WRITE = "[method]descriptor.write" => Error("not-permitted"),
        READ_DIRECTORY = "[method]descriptor.read-directory" => Error("not-permitted"),
        SYNC = "[method]descriptor.sync" => Error("not-permitted"),
        CREATE_DIRECTORY_AT = "[method]descriptor.create-directory-at" => Error("not-permitted"),
        STAT = "[method]descriptor.stat" => Error("not-permitted"),
        STAT_AT = "[method]descriptor.stat-at" => Error("not-permitted"),
        SET_TIMES_AT = "[method]descriptor.set-times-at" => Error("not-permitted"),
        LINK_AT = "[method]descriptor.link-at" => Error("not-permitted"),
        OPEN_AT = "[method]descriptor.open-at" => Error("not-permitted"),
        READLINK_AT = "[method]descriptor.readlink-at" => Error("not-permitted"),
        REMOVE_DIRECTORY_AT = "[method]descriptor.remove-directory-at" => Error("not-permitted"),
        RENAME_AT = "[method]descriptor.rename-at" => Error("not-permitted"),
        SYMLINK_AT = "[method]descriptor.symlink-at" => Error("not-permitted"),
        UNLINK_FILE_AT = "[method]descriptor.unlink-file-at" => Error("not-permitted"),
        IS_SAME_OBJECT = "[method]descriptor.is-same-object" => Ends,
        METADATA_HASH = "[method]descriptor.metadata-hash" => Error("not-permitted"),
        METADATA_HASH_AT = "[method]descriptor.metadata-hash-at" => Error("not-permitted"),
        READ_DIRECTORY_ENTRY = "[method]directory-entry-stream.read-directory-entry" => Error("not-permitted"),
        FILESYSTEM_ERROR_CODE = "filesystem-error-code" => NotAsked("it tells what an error was"),
    }
    Clocks "wasi:clocks/wall-clock" {
        WALL_NOW = "now" => Ends,
        WALL_RESOLUTION = "resolution" => Ends,
    }
    Clocks "wasi:clocks/monotonic-clock" {
        MONOTONIC_NOW = "now" => Ends,
        MONOTONIC_RESOLUTION = "resolution" => Ends,
        SUBSCRIBE_INSTANT = "subscribe-instant" => Ends,
        SUBSCRIBE_DURATION = "subscribe-duration" => Ends,
    }
    Random "wasi:random/random" {
        GET_RANDOM_BYTES = "get-random-bytes" => Ends,
        GET_RANDOM_U64 = "get-random-u64" => Ends,
    }
    Random "wasi:random/insecure" {
        GET_INSECURE_RANDOM_BYTES = "get-insecure-random-bytes" => Ends,
        GET_INSECURE_RANDOM_U64 = "get-insecure-random-u64" => Ends,
    }
    Random "wasi:random/insecure-seed" {
        INSECURE_SEED = "insecure-seed" => Ends,
    }
    Cli "wasi:io/streams" {
        STREAM_READ = "[method]input-stream.read" => Error("last-operation-failed"),
        STREAM_BLOCKING_READ = "[method]input-stream.blocking-read" => Error("last-operation-failed"),
        STREAM_SKIP = "[method]input-stream.skip" => Error("last-operation-failed"),
        STREAM_BLOCKING_SKIP = "[method]input-stream.blocking-skip" => Error("last-operation-failed"),
        INPUT_SUBSCRIBE = "[method]input-stream.subscribe" => NotAsked(WAITS),
        CHECK_WRITE = "[method]output-stream.check-write" => NotAsked(TELLS),
        STREAM_WRITE = "[method]output-stream.write" => Error("last-operation-failed"),
        STREAM_BLOCKING_WRITE_AND_FLUSH = "[method]output-stream.blocking-write-and-flush" => Error("last-operation-failed"),
        FLUSH = "[method]output-stream.flush" => NotAsked(FLUSHES),
        BLOCKING_FLUSH = "[method]output-stream.blocking-flush" => NotAsked(FLUSHES),
        OUTPUT_SUBSCRIBE = "[method]output-stream.subscribe" => NotAsked(WAITS),
        STREAM_WRITE_ZEROES = "[method]output-stream.write-zeroes" => Error("last-operation-failed"),
        STREAM_BLOCKING_WRITE_ZEROES_AND_FLUSH = "[method]output-stream.blocking-write-zeroes-and-flush" => Error("last-operation-failed"),
        SPLICE = "[method]output-stream.splice" => Error("last-operation-failed"),
        BLOCKING_SPLICE = "[method]output-stream.blocking-splice" => Error("last-operation-failed"),
    }
    Cli "wasi:io/poll" {
        POLL = "poll" => NotAsked(WAITS),
        READY = "[method]pollable.ready" => NotAsked(WAITS),
        BLOCK = "[method]pollable.block" => NotAsked(WAITS),
    }
    Cli "wasi:io/error" {
        TO_DEBUG_STRING = "[method]error.to-debug-string" => NotAsked(TELLS),
    }
    Fetch "wasi:http/outgoing-handler" {
        HANDLE = "handle" => Error("HTTP-request-denied"),
    }
    Fetch "wasi:http/types" {
        NEW_FIELDS = "[constructor]fields" => NotAsked(BUILDS),
        FIELDS_FROM_LIST = "[static]fields.from-list" => NotAsked(BUILDS),
        FIELDS_GET = "[method]fields.get" => NotAsked(BUILDS),
        FIELDS_HAS = "[method]fields.has" => NotAsked(BUILDS),
        FIELDS_SET = "[method]fields.set" => NotAsked(BUILDS),
        FIELDS_DELETE = "[method]fields.delete" => NotAsked(BUILDS),
        FIELDS_APPEND = "[method]fields.append" => NotAsked(BUILDS),
        FIELDS_ENTRIES = "[method]fields.entries" => NotAsked(BUILDS),
        FIELDS_CLONE = "[method]fields.clone" => NotAsked(BUILDS),
        INCOMING_REQUEST_METHOD = "[method]incoming-request.method" => NotAsked(INCOMING),
        INCOMING_REQUEST_PATH_WITH_QUERY = "[method]incoming-request.path-with-query" => NotAsked(INCOMING),
        INCOMING_REQUEST_SCHEME = "[method]incoming-request.scheme" => NotAsked(INCOMING),
        INCOMING_REQUEST_AUTHORITY = "[method]incoming-request.authority" => NotAsked(INCOMING),
        INCOMING_REQUEST_HEADERS = "[method]incoming-request.headers" => NotAsked(INCOMING),
        INCOMING_REQUEST_CONSUME = "[method]incoming-request.consume" => NotAsked(INCOMING),
        NEW_OUTGOING_REQUEST = "[constructor]outgoing-request" => NotAsked(BUILDS),
        OUTGOING_REQUEST_BODY = "[method]outgoing-request.body" => NotAsked(BUILDS),
        OUTGOING_REQUEST_METHOD = "[method]outgoing-request.method" => NotAsked(BUILDS),
        OUTGOING_REQUEST_SET_METHOD = "[method]outgoing-request.set-method" => NotAsked(BUILDS),
        OUTGOING_REQUEST_PATH_WITH_QUERY = "[method]outgoing-request.path-with-query" => NotAsked(BUILDS),
        OUTGOING_REQUEST_SET_PATH_WITH_QUERY = "[method]outgoing-request.set-path-with-query" => NotAsked(BUILDS),
        OUTGOING_REQUEST_SCHEME = "[method]outgoing-request.scheme" => NotAsked(BUILDS),
        OUTGOING_REQUEST_SET_SCHEME = "[method]outgoing-request.set-scheme" => NotAsked(BUILDS),
        OUTGOING_REQUEST_AUTHORITY = "[method]outgoing-request.authority" => NotAsked(BUILDS),
        OUTGOING_REQUEST_SET_AUTHORITY = "[method]outgoing-request.set-authority" => NotAsked(BUILDS),
        OUTGOING_REQUEST_HEADERS = "[method]outgoing-request.headers" => NotAsked(BUILDS),
        NEW_REQUEST_OPTIONS = "[constructor]request-options" => NotAsked(BUILDS),
        REQUEST_OPTIONS_CONNECT_TIMEOUT = "[method]request-options.connect-timeout" => NotAsked(BUILDS),
        REQUEST_OPTIONS_SET_CONNECT_TIMEOUT = "[method]request-options.set-connect-timeout" => NotAsked(BUILDS),
        REQUEST_OPTIONS_FIRST_BYTE_TIMEOUT = "[method]request-options.first-byte-timeout" => NotAsked(BUILDS),
        REQUEST_OPTIONS_SET_FIRST_BYTE_TIMEOUT = "[method]request-options.set-first-byte-timeout" => NotAsked(BUILDS),
        REQUEST_OPTIONS_BETWEEN_BYTES_TIMEOUT = "[method]request-options.between-bytes-timeout" => NotAsked(BUILDS),
        REQUEST_OPTIONS_SET_BETWEEN_BYTES_TIMEOUT = "[method]request-options.set-between-bytes-timeout" => NotAsked(BUILDS),
        RESPONSE_OUTPARAM_SEND_INFORMATIONAL = "[method]response-outparam.send-informational" => NotAsked(INCOMING),
        RESPONSE_OUTPARAM_SET = "[static]response-outparam.set" => NotAsked(INCOMING),
        INCOMING_RESPONSE_STATUS = "[method]incoming-response.status" => NotAsked(ASKED),
        INCOMING_RESPONSE_HEADERS = "[method]incoming-response.headers" => NotAsked(ASKED),
        INCOMING_RESPONSE_CONSUME = "[method]incoming-response.consume" => NotAsked(ASKED),
        INCOMING_BODY_STREAM = "[method]incoming-body.stream" => NotAsked(ASKED),
        INCOMING_BODY_FINISH = "[static]incoming-body.finish" => NotAsked(ASKED),
        FUTURE_TRAILERS_SUBSCRIBE = "[method]future-trailers.subscribe" => NotAsked(WAITS),
        FUTURE_TRAILERS_GET = "[method]future-trailers.get" => NotAsked(ASKED),
        NEW_OUTGOING_RESPONSE = "[constructor]outgoing-response" => NotAsked(INCOMING),
        OUTGOING_RESPONSE_STATUS_CODE = "[method]outgoing-response.status-code" => NotAsked(INCOMING),
        OUTGOING_RESPONSE_SET_STATUS_CODE = "[method]outgoing-response.set-status-code" => NotAsked(INCOMING),
        OUTGOING_RESPONSE_HEADERS = "[method]outgoing-response.headers" => NotAsked(INCOMING),
        OUTGOING_RESPONSE_BODY = "[method]outgoing-response.body" => NotAsked(INCOMING),
        OUTGOING_BODY_WRITE = "[method]outgoing-body.write" => NotAsked(ASKED),
        OUTGOING_BODY_FINISH = "[static]outgoing-body.finish" => NotAsked(ASKED),
        FUTURE_INCOMING_RESPONSE_SUBSCRIBE = "[method]future-incoming-response.subscribe" => NotAsked(WAITS),
        FUTURE_INCOMING_RESPONSE_GET = "[method]future-incoming-response.get" => NotAsked(ASKED),
        HTTP_ERROR_CODE = "http-error-code" => NotAsked(ASKED),
    }
}
