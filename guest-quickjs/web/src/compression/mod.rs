//! Compression: the formats of the Compression Standard. <https://compression.spec.whatwg.org/>

pub mod brotli;
mod gzip;

use gzip::{Crc, Header};
use miniz_oxide::deflate::core::{
    CompressorOxide, TDEFLFlush, TDEFLStatus, compress_to_output, create_comp_flags_from_zip_params,
};
use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZError, MZFlush, MZStatus};

/// How hard to try, of 10.
const LEVEL: i32 = 6;
/// How much is decompressed before it is handed out.
const CHUNK: usize = 1 << 16;

/// A format.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// RFC 1952
    Gzip,
    /// RFC 1950
    Deflate,
    /// RFC 1951
    DeflateRaw,
    /// RFC 7932
    Brotli,
}

impl Format {
    /// The format of this name.
    pub fn named(name: &str) -> Option<Format> {
        Some(match name {
            "gzip" => Format::Gzip,
            "deflate" => Format::Deflate,
            "deflate-raw" => Format::DeflateRaw,
            "brotli" => Format::Brotli,
            _ => return None,
        })
    }
}

/// The input is not of the format: it is corrupt, cut off, or goes on after its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Corrupt;

/// Compresses.
pub struct Compressor(Packing);

enum Packing {
    Deflate(Box<CompressorOxide>),
    Gzip {
        deflate: Box<CompressorOxide>,
        crc: Crc,
        len: u32,
        /// Nothing has been written yet.
        at_start: bool,
    },
    Brotli(Box<brotli::Encoder>),
}

impl Compressor {
    /// A new stream.
    pub fn new(format: Format) -> Compressor {
        let deflate = |window| {
            let flags = create_comp_flags_from_zip_params(LEVEL, window, 0);
            Box::new(CompressorOxide::new(flags))
        };
        Compressor(match format {
            Format::Gzip => Packing::Gzip {
                deflate: deflate(-15),
                crc: Crc::default(),
                len: 0,
                at_start: true,
            },
            Format::Deflate => Packing::Deflate(deflate(15)),
            Format::DeflateRaw => Packing::Deflate(deflate(-15)),
            Format::Brotli => Packing::Brotli(Box::default()),
        })
    }

    /// Takes input, and gives the output there is.
    pub fn push(&mut self, input: &[u8]) -> Vec<u8> {
        self.write(input, false)
    }

    /// Gives the rest.
    pub fn finish(&mut self) -> Vec<u8> {
        self.write(&[], true)
    }

    fn write(&mut self, input: &[u8], is_last: bool) -> Vec<u8> {
        let mut out = Vec::new();
        match &mut self.0 {
            Packing::Brotli(encoder) => encoder.write(input, is_last, &mut out),
            Packing::Deflate(deflate) => write_deflate(deflate, input, is_last, &mut out),
            Packing::Gzip {
                deflate,
                crc,
                len,
                at_start,
            } => {
                if core::mem::take(at_start) {
                    out.extend_from_slice(&gzip::HEADER);
                }
                crc.update(input);
                *len = len.wrapping_add(input.len() as u32);
                write_deflate(deflate, input, is_last, &mut out);
                if is_last {
                    out.extend_from_slice(&crc.value().to_le_bytes());
                    out.extend_from_slice(&len.to_le_bytes());
                }
            }
        }
        out
    }
}

fn write_deflate(deflate: &mut CompressorOxide, input: &[u8], is_last: bool, out: &mut Vec<u8>) {
    let flush = match is_last {
        true => TDEFLFlush::Finish,
        false => TDEFLFlush::None,
    };
    let mut rest = input;
    loop {
        let (status, read) = compress_to_output(deflate, rest, flush, |bytes| {
            out.extend_from_slice(bytes);
            true
        });
        rest = rest.get(read..).unwrap_or_default();
        let is_done = !is_last && rest.is_empty();
        if is_done || status != TDEFLStatus::Okay {
            return;
        }
    }
}

/// Decompresses.
pub struct Decompressor {
    /// What has not been read.
    input: Vec<u8>,
    unpacking: Unpacking,
}

enum Unpacking {
    Brotli(Box<brotli::Decoder>),
    Header,
    Inflate {
        inflate: Box<InflateState>,
        /// What a gzip trailer says.
        check: Option<(Crc, u32)>,
    },
    /// Of a gzip stream.
    Trailer(Crc, u32),
    Done,
}

impl Decompressor {
    /// A new stream.
    pub fn new(format: Format) -> Decompressor {
        Decompressor {
            input: Vec::new(),
            unpacking: match format {
                Format::Brotli => Unpacking::Brotli(Box::default()),
                Format::Gzip => Unpacking::Header,
                Format::Deflate => Unpacking::inflate(DataFormat::Zlib, false),
                Format::DeflateRaw => Unpacking::inflate(DataFormat::Raw, false),
            },
        }
    }

    /// Takes input.
    pub fn push(&mut self, input: &[u8]) {
        match &mut self.unpacking {
            Unpacking::Brotli(decoder) => decoder.push(input),
            _ => self.input.extend_from_slice(input),
        }
    }

    /// What comes next; empty if that takes more input, or at the end.
    ///
    /// # Errors
    /// Fails if the input is corrupt, or goes on after the end, when all before that has been given.
    pub fn pull(&mut self) -> Result<Vec<u8>, Corrupt> {
        loop {
            match &mut self.unpacking {
                Unpacking::Brotli(decoder) => {
                    let out = decoder.pull()?;
                    return match out.is_empty() && decoder.is_done() && decoder.has_rest() {
                        true => Err(Corrupt),
                        false => Ok(out),
                    };
                }
                Unpacking::Header => match gzip::header(&self.input)? {
                    Header::More => return Ok(Vec::new()),
                    Header::Len(len) => {
                        self.input.drain(..len);
                        self.unpacking = Unpacking::inflate(DataFormat::Raw, true);
                    }
                },
                Unpacking::Inflate { inflate, check } => {
                    let (out, read, is_end) = unpack(inflate, &self.input)?;
                    self.input.drain(..read);
                    if let Some((crc, len)) = check {
                        crc.update(&out);
                        *len = len.wrapping_add(out.len() as u32);
                    }
                    if is_end {
                        self.unpacking = match check.take() {
                            Some((crc, len)) => Unpacking::Trailer(crc, len),
                            None => Unpacking::Done,
                        };
                    }
                    if !out.is_empty() || !is_end {
                        return Ok(out);
                    }
                }
                Unpacking::Trailer(crc, len) => {
                    let expected = [crc.value().to_le_bytes(), len.to_le_bytes()].concat();
                    let there = self.input.get(..8).unwrap_or(&self.input);
                    if !expected.starts_with(there) {
                        return Err(Corrupt);
                    }
                    if there.len() < 8 {
                        return Ok(Vec::new());
                    }
                    self.input.drain(..8);
                    self.unpacking = Unpacking::Done;
                }
                Unpacking::Done => {
                    return match self.input.is_empty() {
                        true => Ok(Vec::new()),
                        false => Err(Corrupt),
                    };
                }
            }
        }
    }

    /// Nothing follows, and all has been pulled.
    ///
    /// # Errors
    /// Fails if that is not the end of the stream.
    pub fn finish(&mut self) -> Result<(), Corrupt> {
        let is_done = match &self.unpacking {
            Unpacking::Brotli(decoder) => decoder.is_done(),
            unpacking => matches!(unpacking, Unpacking::Done),
        };
        if is_done { Ok(()) } else { Err(Corrupt) }
    }
}

impl Unpacking {
    fn inflate(format: DataFormat, is_checked: bool) -> Unpacking {
        Unpacking::Inflate {
            inflate: InflateState::new_boxed(format),
            check: is_checked.then(|| (Crc::default(), 0)),
        }
    }
}

/// What comes next, how much input that took, and whether the stream ends there.
fn unpack(state: &mut InflateState, input: &[u8]) -> Result<(Vec<u8>, usize, bool), Corrupt> {
    let room = (input.len().saturating_mul(4)).clamp(512, CHUNK);
    let mut out = vec![0; room];
    let result = inflate(state, input, &mut out, MZFlush::None);
    out.truncate(result.bytes_written);
    match result.status {
        Ok(MZStatus::StreamEnd) => Ok((out, result.bytes_consumed, true)),
        // no progress without more input is none of its errors
        Ok(_) | Err(MZError::Buf) => Ok((out, result.bytes_consumed, false)),
        Err(_) => Err(Corrupt),
    }
}
