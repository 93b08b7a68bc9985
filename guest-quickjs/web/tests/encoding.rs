//! The decoders against those of a crate that browsers use, over every short sequence and over any bytes in any pieces.

use outwit_quickjs_web::encoding::{Decoder, Encoding, encode_into};
use proptest::prelude::*;

fn encodings() -> impl Iterator<Item = (Encoding, &'static encoding_rs::Encoding)> {
    include_str!("../src/encoding/labels.txt")
        .lines()
        .filter_map(|line| {
            let label = line.split(' ').nth(1)?;
            let theirs = encoding_rs::Encoding::for_label(label.as_bytes())?;
            Some((Encoding::for_label(label)?, theirs))
        })
}

fn ours(encoding: Encoding, pieces: &[&[u8]]) -> String {
    let mut decoder = Decoder::new(encoding, false, true);
    let mut units = Vec::new();
    for piece in pieces {
        units.extend(decoder.decode(piece, false).expect("it is not fatal"));
    }
    units.extend(decoder.decode(&[], true).expect("it is not fatal"));
    String::from_utf16(&units).expect("decoders make no lone surrogates")
}

fn theirs(encoding: &'static encoding_rs::Encoding, bytes: &[u8]) -> String {
    encoding.decode_without_bom_handling(bytes).0.into_owned()
}

#[test]
fn every_label_of_the_standard_is_known_to_both() {
    let mut count = 0;
    for line in include_str!("../src/encoding/labels.txt").lines() {
        let (name, labels) = line.split_once(' ').expect("a name and labels");
        for label in labels.split(' ') {
            let theirs = encoding_rs::Encoding::for_label(label.as_bytes()).expect("a label");
            assert_eq!(theirs.name(), name, "{label}");
            let ours = Encoding::for_label(&format!("\t{}\n", label.to_uppercase()));
            assert_eq!(ours.expect("a label").name(), name.to_lowercase());
            count += 1;
        }
    }
    assert_eq!(count, 228);
    assert_eq!(Encoding::for_label(""), None);
    assert_eq!(Encoding::for_label("utf-7"), None);
    assert_eq!(Encoding::for_label("\u{130}so-8859-1"), None);
}

#[test]
fn every_sequence_of_two_bytes_decodes_alike() {
    for (encoding, reference) in encodings() {
        for first in 0..=255u8 {
            for second in 0..=255u8 {
                // what follows shows what state the decoder is left in
                let bytes = [first, second, b'a'];
                assert_eq!(
                    ours(encoding, &[&bytes]),
                    theirs(reference, &bytes),
                    "{} {bytes:x?}",
                    reference.name()
                );
            }
        }
    }
}

#[test]
fn every_sequence_with_a_prefix_decodes_alike() {
    let prefixes: [(&str, &[u8]); 7] = [
        ("euc-jp", &[0x8f]),
        ("iso-2022-jp", b"\x1b$B"),
        ("iso-2022-jp", b"\x1b(J"),
        ("iso-2022-jp", b"\x1b(I"),
        ("utf-8", &[0xf0, 0x90]),
        ("utf-16le", &[0x00, 0xd8]),
        ("gb18030", &[0x84, 0x31]),
    ];
    for (label, prefix) in prefixes {
        let encoding = Encoding::for_label(label).expect("a label");
        let reference = encoding_rs::Encoding::for_label(label.as_bytes()).expect("a label");
        for pair in 0..=u16::MAX {
            let bytes = [prefix, &pair.to_be_bytes()].concat();
            let expected = theirs(reference, &bytes);
            assert_eq!(ours(encoding, &[&bytes]), expected, "{label} {bytes:x?}");
        }
    }
}

#[test]
fn every_pointer_of_four_bytes_decodes_alike() {
    let encoding = Encoding::for_label("gb18030").expect("a label");
    for (first, second) in (0x81..=0xfe).flat_map(|a| (0x30..=0x39).map(move |b| (a, b))) {
        let mut bytes = Vec::new();
        for third in 0x81..=0xfe {
            for fourth in 0x30..=0x39 {
                bytes.extend([first, second, third, fourth]);
            }
        }
        let expected = theirs(encoding_rs::GB18030, &bytes);
        assert_eq!(ours(encoding, &[&bytes]), expected);
    }
}

#[test]
fn a_fatal_decoder_fails_and_begins_anew() {
    let mut decoder = Decoder::new(Encoding::UTF_8, true, false);
    assert_eq!(decoder.decode(&[0xe2, 0x82], false), Ok(vec![]));
    assert!(!decoder.is_fresh());
    assert!(decoder.decode(b"x", false).is_err());
    assert!(decoder.is_fresh());
    assert_eq!(decoder.decode(&[0xe2, 0x82, 0xac], true), Ok(vec![0x20ac]));
    assert!(decoder.decode(&[0xe2], true).is_err());
}

#[test]
fn a_byte_order_mark_is_dropped_once_for_each_text() {
    for (label, bom) in [
        ("utf-8", &[0xef, 0xbb, 0xbf][..]),
        ("utf-16be", &[0xfe, 0xff]),
        ("utf-16le", &[0xff, 0xfe]),
    ] {
        let encoding = Encoding::for_label(label).expect("a label");
        for ignore_bom in [false, true] {
            let mut decoder = Decoder::new(encoding, false, ignore_bom);
            for _ in 0..2 {
                let mut units = Vec::new();
                for byte in bom.repeat(2) {
                    units.extend(decoder.decode(&[byte], false).expect("it is not fatal"));
                }
                units.extend(decoder.decode(&[], true).expect("it is not fatal"));
                let expected = if ignore_bom { 2 } else { 1 };
                assert_eq!(units, vec![0xfeff; expected], "{label}");
            }
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_in_any_pieces_decode_alike(
        bytes in prop::collection::vec(
            prop_oneof![any::<u8>(), 0x20u8..0x40, 0x80u8..0xa8, Just(0x1b), Just(0x24), Just(0x28), Just(0x42)],
            0..40,
        ),
        cut in any::<prop::sample::Index>(),
    ) {
        let cut = cut.index(bytes.len() + 1);
        for (encoding, reference) in encodings() {
            let (start, end) = bytes.split_at(cut);
            prop_assert_eq!(ours(encoding, &[start, end]), theirs(reference, &bytes), "{}", reference.name());
        }
    }

    #[test]
    fn what_fits_is_whole_characters(text: String, room in 0usize..50) {
        let encoded = encode_into(&text, room);
        prop_assert!(encoded.written <= room);
        let fitting = &text[..encoded.written];
        prop_assert_eq!(fitting.encode_utf16().count(), encoded.read);
        let next = text[encoded.written..].chars().next();
        prop_assert!(next.is_none_or(|next| encoded.written + next.len_utf8() > room));
    }
}
