//! `data:` URLs: the Fetch Standard. <https://fetch.spec.whatwg.org/#data-url-processor>

use crate::base64;
use crate::mime::Mime;
use crate::url::percent_decode;

/// What a `data:` URL holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DataUrl {
    /// Its MIME type.
    pub mime: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl DataUrl {
    /// Takes a serialized `data:` URL apart; nothing if it is none, or holds nothing.
    pub fn parse(url: &str) -> Option<DataUrl> {
        let data = url.strip_prefix("data:")?;
        let data = data.split_once('#').map_or(data, |(data, _)| data);
        let (mime, data) = data.split_once(',')?;
        let mime = mime.trim_matches(|c: char| c.is_ascii_whitespace());
        let mut bytes = percent_decode(data.as_bytes());
        let mime = match without_base64(mime) {
            Some(mime) => {
                bytes = base64::decode(&bytes)?;
                mime
            }
            None => mime,
        };
        let mime = match mime.starts_with(';') {
            true => Mime::parse(&format!("text/plain{mime}")),
            false => Mime::parse(mime),
        };
        let mime = match mime {
            Some(mime) => mime.serialize(),
            None => "text/plain;charset=US-ASCII".to_owned(),
        };
        Some(DataUrl { mime, bytes })
    }
}

/// What is before `;base64`, if that is the end.
fn without_base64(mime: &str) -> Option<&str> {
    let (mime, base64) = mime.split_at_checked(mime.len().checked_sub("base64".len())?)?;
    if !base64.eq_ignore_ascii_case("base64") {
        return None;
    }
    mime.trim_end_matches(' ').strip_suffix(';')
}
