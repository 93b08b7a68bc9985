//! `wasi:http`: requests of plugins that know WASI and not `outwit:fetch`.
//!
//! What a request is built of comes from the crate `wasmtime-wasi-http`. It is sent by `fetch/`: the same grant, question to the policy and record,
//! the same connections, checks of addresses and limits. Redirects are the plugin's to follow, so each hop is a request of its own.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, HeaderName, Request, Response};
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt as _;
use tokio::time::{Sleep, sleep};
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::runtime::spawn;
use wasmtime_wasi_http::p2::bindings::LinkOptions;
use wasmtime_wasi_http::p2::bindings::http::types::{self, DnsErrorPayload, ErrorCode, Scheme};
use wasmtime_wasi_http::p2::body::HyperOutgoingBody;
use wasmtime_wasi_http::p2::types::{HostFutureIncomingResponse, HostOutgoingRequest};
use wasmtime_wasi_http::{
    Error, ForbiddenHeaderFilter, RequestOptions, WasiBody, WasiHttp, WasiHttpCtx, WasiHttpCtxView,
    WasiHttpHooks, WasiHttpView,
};

use super::gated::version;
use super::operations;
use crate::bindings::outwit::fetch::client;
use crate::fetch::{self, Body, Failure, OF_THE_HOST, Progress, Promised, Stage, View, latin1};
use crate::limits::Limits;
use crate::state::State;

/// What all header sections, and all bodies that are not sent yet, may take of the host's memory, in bytes.
const MEMORY: usize = 64 << 20;

/// What one instance has of it.
pub(crate) struct Http {
    ctx: WasiHttpCtx,
    rules: Rules,
}

impl Http {
    pub(crate) fn new(limits: &Limits) -> Http {
        // A plugin may have as many of them as it has handles.
        let handles = usize::try_from(limits.handles).unwrap_or(usize::MAX);
        let share = (MEMORY / handles.max(1)).max(1 << 10);
        let mut ctx = WasiHttpCtx::new();
        ctx.set_field_size_limit(share);
        Http {
            ctx,
            rules: Rules { chunk: share },
        }
    }
}

/// What the crate asks us about.
struct Rules {
    /// The most bytes that are taken from a plugin before they are sent.
    chunk: usize,
}

impl WasiHttpHooks for Rules {
    fn forbidden_header_filter(&mut self) -> ForbiddenHeaderFilter {
        // How long a body is, is said by this field here; it is the host that sends it.
        Arc::new(|name: &HeaderName| name != CONTENT_LENGTH && OF_THE_HOST.contains(&name.as_str()))
    }

    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        self.chunk
    }

    /// Never called: `handle` is ours.
    fn send_request(
        &mut self,
        _: Request<WasiBody>,
        _: Option<RequestOptions>,
        _: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Result<Sent, Error>> + Send> {
        Box::new(async { Err(Error::HttpRequestDenied) })
    }
}

type Sent = (
    Response<WasiBody>,
    Box<dyn Future<Output = Result<(), Error>> + Send>,
);

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        let super::Wasi { http, table, .. } = &mut self.wasi;
        WasiHttpCtxView {
            hooks: &mut http.rules,
            ctx: &mut http.ctx,
            table,
        }
    }
}

pub(crate) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    let options = LinkOptions::default();
    types::add_to_linker::<State, WasiHttp>(linker, &(&options).into(), State::http)?;
    // The crate's own looks for another type than it puts into the errors of bodies.
    linker.allow_shadowing(true);
    linker.instance("wasi:http/types@0.2.12")?.func_wrap(
        operations::HTTP_ERROR_CODE.function,
        |mut store, (error,): (Resource<wasmtime::Error>,)| {
            let error = store.data_mut().wasi.table.get(&error)?;
            Ok((error.downcast_ref().and_then(code_of_body),))
        },
    )?;
    linker.allow_shadowing(false);
    let mut handler = linker.instance(concat!("wasi:http/outgoing-handler@", version!()))?;
    handler.func_wrap_async(
        operations::HANDLE.function,
        |mut store, (request, options): (Resource<HostOutgoingRequest>, Options)| {
            Box::new(async move { store.data_mut().handle(request, options).await })
        },
    )
}

type Options = Option<Resource<RequestOptions>>;
type Answer = Result<Resource<HostFutureIncomingResponse>, ErrorCode>;

impl State {
    async fn handle(
        &mut self,
        request: Resource<HostOutgoingRequest>,
        options: Options,
    ) -> wasmtime::Result<(Answer,)> {
        let request = self.wasi.table.delete(request)?;
        let options = match options {
            Some(options) => self.wasi.table.delete(options)?,
            None => RequestOptions::default(),
        };
        let pending = match begin(&self.fetch.clone(), request, options).await {
            Ok(pending) => pending,
            Err(code) => return Ok((Err(code),)),
        };
        Ok((Ok(self.wasi.table.push(pending)?),))
    }
}

/// Decodes a request, asks whether it may be sent, and sends it.
async fn begin(
    fetch: &fetch::Fetch,
    request: HostOutgoingRequest,
    options: RequestOptions,
) -> Result<HostFutureIncomingResponse, ErrorCode> {
    let url = url_of(&request)?;
    let method: Result<http::Method, _> = request.method.try_into();
    let method = method.map_err(|_| ErrorCode::HttpRequestMethodInvalid)?;
    let (headers, length) = headers_of(&request.headers)?;
    if request.body.is_none() && length.is_some_and(|length| length != 0) {
        return Err(ErrorCode::HttpRequestBodySize(Some(0)));
    }
    let admitted = fetch.admit(&operations::HANDLE, method.as_str(), &url, &headers);
    let (view, head, allowed) = admitted.await.map_err(|error| match error {
        client::Error::HeaderTooLarge(most) => ErrorCode::HttpRequestHeaderSectionSize(Some(most)),
        error => code_of(error),
    })?;

    let progress = Progress::new();
    let body = match request.body {
        Some(body) => Outgoing {
            body,
            promised: Promised(length),
            progress: progress.clone(),
        }
        .boxed_unsync(),
        None => fetch::empty(),
    };
    let most = view.grant.idle_timeout;
    let first = options
        .first_byte_timeout
        .map_or(most, |asked| asked.min(most));
    let between = options
        .between_bytes_timeout
        .map_or(most, |asked| asked.min(most));
    // Connecting is part of what is waited for until the first byte.
    let connect = options
        .connect_timeout
        .map(|asked| asked.saturating_add(first));
    let exchange = async move {
        let sent = view.exchange(allowed, head.map(|()| body), &progress, first);
        let response = match connect {
            None => sent.await,
            Some(most) => tokio::time::timeout(most, sent)
                .await
                .unwrap_or(Err(client::Error::Timeout(client::Stage::Connect))),
        };
        let (parts, body) = response.map_err(error_of)?.into_parts();
        let body = Incoming {
            body: view.limited(body).map_err(error_of)?,
            view,
            patience: between,
            timer: None,
        };
        let response = Response::from_parts(parts, body.boxed_unsync());
        // There is nothing else that would have to go on for it.
        Ok((response, spawn(async {})))
    };
    Ok(HostFutureIncomingResponse::Pending(spawn(exchange)))
}

fn url_of(request: &HostOutgoingRequest) -> Result<String, ErrorCode> {
    let scheme = match &request.scheme {
        Some(Scheme::Http) => "http",
        Some(Scheme::Https) | None => "https",
        Some(Scheme::Other(_)) => return Err(ErrorCode::HttpRequestUriInvalid),
    };
    let authority = request.authority.as_deref().unwrap_or_default();
    let path = request.path_with_query.as_deref().unwrap_or_default();
    Ok(format!("{scheme}://{authority}{path}"))
}

/// The header fields as `fetch/` takes them, and how long they say that the body is.
type Fields = (Vec<(String, String)>, Option<u64>);

fn headers_of(headers: &HeaderMap) -> Result<Fields, ErrorCode> {
    let mut list = Vec::with_capacity(headers.len());
    let mut length = None;
    for (name, value) in headers {
        if name != CONTENT_LENGTH {
            list.push((name.to_string(), latin1(value.as_bytes())));
            continue;
        }
        let digits = value.to_str().unwrap_or_default();
        let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
        let parsed = digits
            .parse()
            .ok()
            .filter(|_| is_number && length.is_none());
        length = Some(parsed.ok_or(ErrorCode::HttpRequestBodySize(None))?);
    }
    Ok((list, length))
}

/// The body of a request. It has to keep to the length that was promised.
struct Outgoing {
    body: HyperOutgoingBody,
    promised: Promised,
    progress: Progress,
}

impl http_body::Body for Outgoing {
    type Data = Bytes;
    type Error = Failure;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Failure>>> {
        let frame = match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
            Some(Ok(frame)) => frame,
            Some(Err(_)) => return Poll::Ready(Some(Err(Failure::RequestBody))),
            None if self.promised.is_kept() => return Poll::Ready(None),
            None => return Poll::Ready(Some(Err(Failure::RequestBody))),
        };
        self.progress.note();
        let length = frame.data_ref().map_or(0, Bytes::len);
        Poll::Ready(Some(self.promised.sent(length).map(|()| frame)))
    }

    fn size_hint(&self) -> SizeHint {
        self.promised.size_hint()
    }
}

/// The body of a response. It may let itself be waited for only so long.
struct Incoming {
    body: Body,
    view: View,
    patience: Duration,
    /// Runs while nothing comes.
    timer: Option<Pin<Box<Sleep>>>,
}

impl http_body::Body for Incoming {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let failure = match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                self.timer = None;
                return Poll::Ready(Some(Ok(frame)));
            }
            Poll::Ready(Some(Err(failure))) => failure,
            Poll::Ready(None) => return Poll::Ready(None),
            Poll::Pending => {
                let patience = self.patience;
                let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(patience)));
                ready!(timer.as_mut().poll(cx));
                Failure::Timeout(Stage::Body)
            }
        };
        let error = self.view.encode(failure);
        Poll::Ready(Some(Err(error_of(error))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// What the error of a body is to the plugin.
fn code_of_body(error: &Error) -> Option<ErrorCode> {
    Some(match error {
        Error::ConnectionReadTimeout => ErrorCode::ConnectionReadTimeout,
        Error::HttpResponseIncomplete => ErrorCode::HttpResponseIncomplete,
        Error::HttpProtocolError => ErrorCode::HttpProtocolError,
        Error::HttpResponseBodySize(most) => ErrorCode::HttpResponseBodySize(*most),
        Error::InternalError(_) => ErrorCode::InternalError(None),
        _ => return None,
    })
}

fn error_of(error: client::Error) -> Error {
    code_of(error).into()
}

/// What an error of `fetch/` is called here.
fn code_of(error: client::Error) -> ErrorCode {
    use client::{Denial, Error, Stage};
    match error {
        Error::InvalidUrl(_) => ErrorCode::HttpRequestUriInvalid,
        // Header fields were checked when the plugin made them.
        Error::InvalidRequest(_) => ErrorCode::HttpRequestMethodInvalid,
        Error::NotAllowed(Denial::Address) => ErrorCode::DestinationIpProhibited,
        Error::NotAllowed(_) => ErrorCode::HttpRequestDenied,
        Error::NameNotResolved => ErrorCode::DnsError(DnsErrorPayload {
            rcode: None,
            info_code: None,
        }),
        Error::Refused => ErrorCode::ConnectionRefused,
        Error::Unreachable => ErrorCode::DestinationUnavailable,
        Error::Tls(_) => ErrorCode::TlsProtocolError,
        Error::Timeout(Stage::Connect) => ErrorCode::ConnectionTimeout,
        Error::Timeout(Stage::Response) => ErrorCode::HttpResponseTimeout,
        Error::Timeout(Stage::Body) => ErrorCode::ConnectionReadTimeout,
        Error::CutOff => ErrorCode::HttpResponseIncomplete,
        Error::Protocol(_) => ErrorCode::HttpProtocolError,
        Error::HeaderTooLarge(most) => ErrorCode::HttpResponseHeaderSectionSize(Some(most)),
        Error::BodyTooLarge(most) => ErrorCode::HttpResponseBodySize(Some(most)),
        Error::ContentCoding => ErrorCode::HttpResponseContentCoding(None),
        Error::BodyFailed => ErrorCode::HttpRequestBodySize(None),
        Error::Other(_) => ErrorCode::InternalError(None),
    }
}
