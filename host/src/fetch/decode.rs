//! Undoing content codings, in pieces of bounded size.

use std::io::{self, BufReader, Read};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use brotli_decompressor::Decompressor;
use bytes::{Buf, Bytes};
use flate2::bufread::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use http_body::Frame;
use http_body_util::BodyExt as _;

use super::{Body, Failure};

/// The codings that a request asks for.
pub(crate) const ACCEPTED: &str = "gzip, deflate, br";

/// The most codings on top of each other that are undone.
const MOST: usize = 3;
/// How much is decoded at once, in bytes.
const PIECE: usize = 32 << 10;

/// A content coding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    Gzip,
    Deflate,
    Brotli,
}

/// The codings that a `content-encoding` header names, in the order in which they are undone. None if one of them is
/// unknown: then the body stays as it is, as Fetch says.
pub(crate) fn codings(header: &str) -> Option<Vec<Coding>> {
    let mut codings = Vec::new();
    for name in header.split(',').map(str::trim).filter(|n| !n.is_empty()) {
        codings.push(match name.to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => Coding::Gzip,
            "deflate" => Coding::Deflate,
            "br" => Coding::Brotli,
            "identity" => continue,
            _ => return None,
        });
    }
    codings.reverse();
    (codings.len() <= MOST).then_some(codings)
}

/// Undoes a coding of a body.
pub(crate) fn decode(coding: Coding, body: Body) -> Body {
    Decoded {
        body,
        input: Input::default(),
        decoder: None,
        coding,
        has_ended: false,
    }
    .boxed_unsync()
}

struct Decoded {
    body: Body,
    input: Input,
    /// Made when the first bytes are there.
    decoder: Option<Box<dyn Read + Send>>,
    coding: Coding,
    has_ended: bool,
}

/// What has come and is not decoded yet.
#[derive(Clone, Default)]
struct Input(Arc<Mutex<Received>>);

#[derive(Default)]
struct Received {
    bytes: Bytes,
    has_ended: bool,
}

impl Input {
    fn lock(&self) -> std::sync::MutexGuard<'_, Received> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut received = self.lock();
        if received.bytes.is_empty() && !received.has_ended {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let count = received.bytes.len().min(buffer.len());
        if let Some(buffer) = buffer.get_mut(..count) {
            received.bytes.copy_to_slice(buffer);
        }
        Ok(count)
    }
}

impl Decoded {
    fn make(&self, first: u8) -> Box<dyn Read + Send> {
        let input = BufReader::with_capacity(4 << 10, self.input.clone());
        match self.coding {
            Coding::Gzip => Box::new(MultiGzDecoder::new(input)),
            // Some servers leave out the zlib wrapper; its first byte names method 8.
            Coding::Deflate if first & 0x0f == 8 => Box::new(ZlibDecoder::new(input)),
            Coding::Deflate => Box::new(DeflateDecoder::new(input)),
            Coding::Brotli => Box::new(Decompressor::new(input, 4 << 10)),
        }
    }

    /// Decodes a piece. None if more input is needed.
    fn piece(&mut self) -> Option<Result<Bytes, Failure>> {
        let first = self.input.lock().bytes.first().copied();
        if self.decoder.is_none() {
            match first {
                Some(first) => self.decoder = Some(self.make(first)),
                // An empty body is one of any coding.
                None => return self.input.lock().has_ended.then(|| Ok(Bytes::new())),
            }
        }
        let decoder = self.decoder.as_mut()?;
        let mut piece = vec![0; PIECE];
        match decoder.read(&mut piece) {
            Ok(count) => {
                piece.truncate(count);
                Some(Ok(piece.into()))
            }
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => None,
            Err(_) => Some(Err(Failure::ContentCoding)),
        }
    }
}

impl http_body::Body for Decoded {
    type Data = Bytes;
    type Error = Failure;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Failure>>> {
        loop {
            if self.has_ended {
                return Poll::Ready(None);
            }
            match self.piece() {
                Some(Ok(piece)) if piece.is_empty() => {
                    self.has_ended = true;
                    continue;
                }
                Some(Ok(piece)) => return Poll::Ready(Some(Ok(Frame::data(piece)))),
                Some(Err(failure)) => {
                    self.has_ended = true;
                    return Poll::Ready(Some(Err(failure)));
                }
                None => {}
            }
            match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                Some(Ok(frame)) => {
                    if let Ok(bytes) = frame.into_data() {
                        self.input.lock().bytes = bytes;
                    }
                }
                Some(Err(failure)) => {
                    self.has_ended = true;
                    return Poll::Ready(Some(Err(failure)));
                }
                None => self.input.lock().has_ended = true,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    /// A body of small chunks.
    struct Chunks(Vec<u8>, usize);

    impl http_body::Body for Chunks {
        type Data = Bytes;
        type Error = Failure;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Failure>>> {
            if self.0.is_empty() {
                return Poll::Ready(None);
            }
            let count = self.1.min(self.0.len());
            let chunk: Vec<u8> = self.0.drain(..count).collect();
            Poll::Ready(Some(Ok(Frame::data(chunk.into()))))
        }
    }

    fn run(coding: Coding, encoded: &[u8], chunk: usize) -> Result<Vec<u8>, Failure> {
        let body = decode(coding, Chunks(encoded.to_vec(), chunk).boxed_unsync());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let whole = runtime.block_on(body.collect())?;
        Ok(whole.to_bytes().to_vec())
    }

    #[test]
    fn codings_are_undone_whatever_the_chunks() {
        let text: Vec<u8> = (0..200_000u32)
            .map(|i| (i.wrapping_mul(i) >> 7) as u8)
            .collect();
        let level = flate2::Compression::default();
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), level);
        gzip.write_all(&text).unwrap();
        let gzip = gzip.finish().unwrap();
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), level);
        zlib.write_all(&text).unwrap();
        let zlib = zlib.finish().unwrap();
        let mut raw = flate2::write::DeflateEncoder::new(Vec::new(), level);
        raw.write_all(&text).unwrap();
        let raw = raw.finish().unwrap();
        for chunk in [1, 7, 1000, usize::MAX] {
            assert!(run(Coding::Gzip, &gzip, chunk).unwrap() == text);
            assert!(run(Coding::Deflate, &zlib, chunk).unwrap() == text);
            assert!(run(Coding::Deflate, &raw, chunk).unwrap() == text);
            for coding in [Coding::Gzip, Coding::Deflate, Coding::Brotli] {
                assert!(run(coding, b"", chunk).unwrap().is_empty());
            }
            // "hello world", as brotli's command writes it
            let brotli = [
                0x0b, 0x05, 0x80, b'h', b'e', b'l', b'l', b'o', b' ', b'w', b'o', b'r', b'l', b'd',
                0x03,
            ];
            assert_eq!(run(Coding::Brotli, &brotli, chunk).unwrap(), b"hello world");
            let cut = |bytes: &[u8]| bytes[..bytes.len() / 2].to_vec();
            assert!(matches!(
                run(Coding::Gzip, &cut(&gzip), chunk),
                Err(Failure::ContentCoding)
            ));
            assert!(matches!(
                run(Coding::Deflate, &cut(&zlib), chunk),
                Err(Failure::ContentCoding)
            ));
            assert!(matches!(
                run(Coding::Brotli, &cut(&brotli), chunk),
                Err(Failure::ContentCoding)
            ));
            assert!(matches!(
                run(Coding::Gzip, b"not gzip at all", chunk),
                Err(Failure::ContentCoding)
            ));
        }
    }

    #[test]
    fn headers_name_codings() {
        assert_eq!(
            codings("gzip, br"),
            Some(vec![Coding::Brotli, Coding::Gzip])
        );
        assert_eq!(codings("identity"), Some(vec![]));
        assert_eq!(codings("X-GZip"), Some(vec![Coding::Gzip]));
        assert_eq!(codings("zstd"), None);
        assert_eq!(codings("gzip,gzip,gzip,gzip"), None);
    }
}
