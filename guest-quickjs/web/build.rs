//! Makes the large tables out of crates that have them, and packs them.

use brotli_decompressor::dictionary::kBrotliDictionary;
use brotli_decompressor::transform::{TransformDictionaryWord, kTransforms};
use encoding_rs::Encoding;
use icu_normalizer::uts46::Uts46MapperBorrowed;
use icu_properties::props::{BidiClass, GeneralCategory, JoiningType};
use icu_properties::{CodePointMapData, CodePointMapDataBorrowed};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

const LABELS: &str = "src/encoding/labels.txt";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={LABELS}");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    encodings(&out)?;
    idna(&out)?;
    brotli(&out)
}

/// Deflates a table, and adds it to a list of Rust constants.
fn pack(out: &Path, list: &mut String, name: &str, bytes: &[u8]) -> io::Result<()> {
    let file = format!("{name}.deflate");
    fs::write(
        out.join(&file),
        miniz_oxide::deflate::compress_to_vec(bytes, 10),
    )?;
    let _ = writeln!(
        list,
        "const {name}_PACKED: Packed = Packed {{ len: {}, bytes: include_bytes!({file:?}) }};",
        bytes.len(),
    );
    Ok(())
}

/// For each mode of contexts what the last byte contributes, and what the one before: RFC 7932, section 7.1.
fn contexts() -> Vec<u8> {
    let bytes = || 0..=255u8;
    let signed = |byte| match byte {
        0 => 0,
        1..=15 => 1,
        16..=63 => 2,
        64..=127 => 3,
        128..=191 => 4,
        192..=239 => 5,
        240..=254 => 6,
        255 => 7,
    };
    let last_of_text = |byte| match byte {
        b'\t' | b'\n' | b'\r' => 4,
        b' ' => 8,
        b'"' | b'\'' => 16,
        b'%' => 20,
        b'(' | b'<' | b'[' | b'{' => 24,
        b')' | b'>' | b']' | b'}' => 28,
        b',' | b':' | b';' => 32,
        b'.' => 36,
        b'=' => 40,
        b'0'..=b'9' => 44,
        b'A' | b'E' | b'I' | b'O' | b'U' => 48,
        b'A'..=b'Z' => 52,
        b'a' | b'e' | b'i' | b'o' | b'u' => 56,
        b'a'..=b'z' => 60,
        b'!'..=b'~' => 12,
        0..0x80 => 0,
        0x80..0xc0 => byte & 1,
        _ => 2 | byte & 1,
    };
    let before_in_text = |byte: u8| match byte {
        b'0'..=b'9' | b'A'..=b'Z' | 0xe0.. => 2,
        b'a'..=b'z' => 3,
        b'!'..=b'~' => 1,
        _ => 0,
    };
    let mut tables = Vec::new();
    tables.extend(bytes().map(|byte| byte & 63));
    tables.extend([0; 256]);
    tables.extend(bytes().map(|byte| byte >> 2));
    tables.extend([0; 256]);
    tables.extend(bytes().map(last_of_text));
    tables.extend(bytes().map(before_in_text));
    tables.extend(bytes().map(|byte| signed(byte) << 3));
    tables.extend(bytes().map(signed));
    tables
}

fn brotli(out: &Path) -> io::Result<()> {
    let mut tables = contexts();
    for (index, transform) in kTransforms.iter().enumerate() {
        // a word that no transform but for cutting it changes, and that no prefix or suffix looks like
        let (word, mut transformed) = ([b'Q'; 24], [0; 64]);
        let len = TransformDictionaryWord(&mut transformed, &word, 24, index as i32);
        let transformed = &transformed[..len as usize];
        let is_word = |byte: &u8| *byte == b'Q';
        let start = transformed.iter().position(is_word).unwrap_or(0);
        let end = transformed.iter().rposition(is_word).map_or(0, |at| at + 1);
        tables.push(transform.transform);
        for affix in [&transformed[..start], &transformed[end..]] {
            tables.push(affix.len() as u8);
            tables.extend_from_slice(affix);
        }
    }
    let mut list = String::new();
    pack(out, &mut list, "TABLES", &tables)?;
    pack(out, &mut list, "DICTIONARY", &kBrotliDictionary)?;
    fs::write(out.join("brotli.rs"), list)
}

/// LEB128.
fn number(bytes: &mut Vec<u8>, mut number: u32) {
    while number > 0x7f {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn zigzag(number: i32) -> u32 {
    (number << 1 ^ number >> 31) as u32
}

/// See `Packed::code_points`.
fn code_points(code_points: impl IntoIterator<Item = u32>) -> Vec<u8> {
    let (mut bytes, mut last) = (Vec::new(), 0);
    for code_point in code_points {
        if code_point == 0 {
            bytes.push(0);
        } else {
            let low = code_point as i32 & 0xffff;
            number(&mut bytes, zigzag(low - last - 1) + 1);
            last = low;
        }
    }
    bytes
}

fn encodings(out: &Path) -> io::Result<()> {
    let labels = fs::read_to_string(LABELS)?;
    let names = labels.lines().filter_map(|line| line.split(' ').next());
    let single_byte = names.skip(1).take(28).flat_map(|name| {
        let encoding = Encoding::for_label(name.as_bytes());
        (0x80..=0xff).map(move |byte| encoding.map_or(0, |encoding| decode(encoding, &[byte])))
    });
    let table = |encoding, leads: &[u8], trails: &[u8], prefix: &[u8]| -> Vec<u8> {
        let cells = leads.iter().flat_map(|lead| {
            trails
                .iter()
                .map(move |trail| decode(encoding, &[prefix, &[*lead, *trail]].concat()))
        });
        code_points(cells)
    };
    let range = |from: u8, to: u8| (from..=to).collect::<Vec<u8>>();
    let ranges = |first, second: Vec<u8>| [first, second].concat();

    let mut list = String::new();
    let mut pack = |name, bytes: &[u8]| pack(out, &mut list, name, bytes);
    pack("LABELS", labels.as_bytes())?;
    pack("SINGLE_BYTE", &code_points(single_byte))?;
    pack(
        "JIS0208",
        &table(
            encoding_rs::SHIFT_JIS,
            &ranges(range(0x81, 0x9f), range(0xe0, 0xfc)),
            &ranges(range(0x40, 0x7e), range(0x80, 0xfc)),
            &[],
        ),
    )?;
    pack(
        "JIS0212",
        &table(
            encoding_rs::EUC_JP,
            &range(0xa1, 0xfe),
            &range(0xa1, 0xfe),
            &[0x8f],
        ),
    )?;
    let (leads, trails) = (
        range(0x81, 0xfe),
        ranges(range(0x40, 0x7e), range(0xa1, 0xfe)),
    );
    pack("BIG5", &table(encoding_rs::BIG5, &leads, &trails, &[]))?;
    // which of them are in plane 2, a bit each
    let mut planes = vec![0u8; leads.len() * trails.len() / 8 + 1];
    let pairs = leads
        .iter()
        .flat_map(|lead| trails.iter().map(move |trail| [*lead, *trail]));
    for (pointer, pair) in pairs.enumerate() {
        planes[pointer / 8] |= u8::from(decode(encoding_rs::BIG5, &pair) > 0xffff) << (pointer % 8);
    }
    pack("BIG5_PLANES", &planes)?;
    pack(
        "EUC_KR",
        &table(
            encoding_rs::EUC_KR,
            &range(0x81, 0xfe),
            &range(0x41, 0xfe),
            &[],
        ),
    )?;
    pack(
        "GB18030",
        &table(
            encoding_rs::GB18030,
            &range(0x81, 0xfe),
            &ranges(range(0x40, 0x7e), range(0x80, 0xfe)),
            &[],
        ),
    )?;
    pack("GB18030_RANGES", &gb18030_ranges())?;
    fs::write(out.join("encoding.rs"), list)
}

/// The one code point that the bytes are; 0 if there is none, if there are more, or if it is one that users define.
fn decode(encoding: &'static Encoding, bytes: &[u8]) -> u32 {
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes);
    let mut chars = text.iter().flat_map(|text| text.chars());
    match (chars.next(), chars.next()) {
        (Some(c), None) if encoding != encoding_rs::SHIFT_JIS || !is_private(c) => u32::from(c),
        _ => 0,
    }
}

fn is_private(c: char) -> bool {
    ('\u{e000}'..='\u{f8ff}').contains(&c)
}

/// Where the difference between pointer and code point changes.
fn gb18030_ranges() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut next = None;
    for pointer in 0u32..=39419 {
        let [fourth, rest] = [pointer % 10, pointer / 10];
        let [third, rest] = [rest % 126, rest / 126];
        let [second, first] = [rest % 10, rest / 10];
        let sequence = [0x81 + first, 0x30 + second, 0x81 + third, 0x30 + fourth];
        let code_point = decode(encoding_rs::GB18030, &sequence.map(|byte| byte as u8));
        if next != Some(code_point) {
            number(&mut bytes, pointer);
            number(&mut bytes, code_point);
        }
        next = Some(code_point + 1);
    }
    bytes
}

/// Every code point but the surrogates.
fn all_chars() -> impl Iterator<Item = char> {
    (0..=0x10_ffff).filter_map(char::from_u32)
}

fn idna(out: &Path) -> io::Result<()> {
    let mapper = Uts46MapperBorrowed::new();
    let mut list = String::new();
    pack(out, &mut list, "MAPPING", &mapping(&mapper))?;
    pack(out, &mut list, "PROPERTIES", &properties(&mapper))?;
    fs::write(out.join("idna.rs"), list)
}

fn map(mapper: &Uts46MapperBorrowed, c: char) -> Vec<char> {
    mapper.map_normalize(std::iter::once(c)).collect()
}

/// Runs of code points of which the same is true: how many, what, and for some more.
///
/// 0: valid; 1: disallowed; 2: ignored; 3: mapped to one with the difference that follows; above that: this one is mapped to so many, less
/// two, of which the differences follow.
fn mapping(mapper: &Uts46MapperBorrowed) -> Vec<u8> {
    let mut runs: Vec<(u32, Vec<u32>)> = Vec::new();
    for c in all_chars() {
        let code_point = u32::from(c);
        let run = match &*map(mapper, c) {
            [] => vec![2],
            // what stands for whatever is not allowed; it is not, either
            ['\u{fffd}'] => vec![1],
            [to] if *to == c => vec![0],
            [to] => vec![3, zigzag(u32::from(*to) as i32 - code_point as i32)],
            several => {
                let mut run = vec![2 + several.len() as u32];
                let mut last = code_point;
                for to in several {
                    run.push(zigzag(u32::from(*to) as i32 - last as i32));
                    last = u32::from(*to);
                }
                run
            }
        };
        match runs.last_mut() {
            Some((count, last)) if *last == run && run.first() <= Some(&3) => *count += 1,
            _ => runs.push((1, run)),
        }
    }
    let mut bytes = Vec::new();
    for (count, run) in runs {
        number(&mut bytes, count);
        for part in run {
            number(&mut bytes, part);
        }
    }
    bytes
}

/// Runs of code points with the same properties, as `idna/properties.rs` has them.
fn properties(mapper: &Uts46MapperBorrowed) -> Vec<u8> {
    let bidi: CodePointMapDataBorrowed<'_, BidiClass> = CodePointMapData::<BidiClass>::new();
    let categories: CodePointMapDataBorrowed<'_, GeneralCategory> =
        CodePointMapData::<GeneralCategory>::new();
    let joining: CodePointMapDataBorrowed<'_, JoiningType> = CodePointMapData::<JoiningType>::new();
    let combining = icu_normalizer::properties::CanonicalCombiningClassMapBorrowed::new();
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for c in all_chars() {
        let direction = match bidi.get(c) {
            BidiClass::LeftToRight => 0,
            BidiClass::RightToLeft | BidiClass::ArabicLetter => 1,
            BidiClass::ArabicNumber => 2,
            BidiClass::EuropeanNumber => 3,
            BidiClass::EuropeanSeparator
            | BidiClass::CommonSeparator
            | BidiClass::EuropeanTerminator
            | BidiClass::OtherNeutral
            | BidiClass::BoundaryNeutral => 4,
            BidiClass::NonspacingMark => 5,
            _ => 6,
        };
        let is_mark = matches!(
            categories.get(c),
            GeneralCategory::NonspacingMark
                | GeneralCategory::SpacingMark
                | GeneralCategory::EnclosingMark
        );
        let join = match joining.get(c) {
            JoiningType::LeftJoining => 1,
            JoiningType::RightJoining => 2,
            JoiningType::DualJoining => 3,
            JoiningType::Transparent => 4,
            _ => 0,
        };
        let is_virama = combining.get_u8(c) == 9;
        let value = direction | u32::from(is_mark) << 3 | join << 4 | u32::from(is_virama) << 7;
        let is_used = map(mapper, c) == [c];
        match runs.last_mut() {
            // nobody asks for those that cannot be in a name
            Some((count, last)) if *last == value || !is_used => *count += 1,
            _ => runs.push((1, value)),
        }
    }
    let mut bytes = Vec::new();
    for (count, value) in runs {
        number(&mut bytes, count);
        number(&mut bytes, value);
    }
    bytes
}
