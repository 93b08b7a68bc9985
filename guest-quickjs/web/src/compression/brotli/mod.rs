//! Brotli: RFC 7932. <https://www.rfc-editor.org/rfc/rfc7932>
//!
//! Both ways are our own: the usual crates would be half as large as the whole engine, most of it tables for a search that a plugin does
//! not wait for.

mod bits;
mod decode;
mod dictionary;
mod encode;
mod huffman;
mod prefix;

pub use decode::Decoder;
pub use encode::Encoder;
