// SPDX-License-Identifier: MIT OR Apache-2.0
//! Headers written down by hand: read, rewritten and read again.
#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;
use crate::codec::nal::packed;

/// Main profile, 4 bits of frame numbers and 5 of orders, 3 references; a picture set with arithmetic
/// coding or not, 1 reference, P slices weighted, deblocking said.
fn sets(arithmetic: bool) -> Sets {
    let mut sets = Sets::default();
    sets.note_sequence(&packed(&format!("01001101 {:016b} 1 1 1 010 00100 0 1 1 1", 0)));
    sets.note_picture(&packed(&format!("1 1 {} 0 1 1 1 1 00 1 1 1 1 0 0", u8::from(arithmetic))));
    sets
}

/// Block 0, P, picture set 0, frame number 3, order 16, 1 reference, number 1, no weights of it, the
/// marking, tables 0 where arithmetic, quantizer 0, no deblocking.
fn header(arithmetic: bool, changes: &str, marking: &str) -> String {
    let tables = if arithmetic { "1" } else { "" };
    format!("1 1 1 0011 10000 0 {changes} 1 1 0 0 {marking} {tables} 1 010")
}

fn read(payload: &[u8], arithmetic: bool) -> Slice {
    let header = Header::read(payload, &sets(arithmetic), false, true).unwrap();
    let Header::Slice(slice) = header else { panic!("{header:?}") };
    *slice
}

/// The bits behind a header: filled up with ones where arithmetic, then what is coded.
fn slice(header: &str, arithmetic: bool, coded: &str) -> Vec<u8> {
    let bits = header.chars().filter(|bit| *bit != ' ').count();
    let ones = if arithmetic { "1".repeat(bits.next_multiple_of(8) - bits) } else { String::new() };
    packed(&format!("{header} {ones} {coded}"))
}

/// Slice data with its stop bit.
const CODED: &str = "0110 1001 1100 0011 0000 0000 0000 0000 0101 1";

#[test]
fn reads_what_concerns_references() {
    let payload = slice(&header(true, "1 1 010 00100", "1 010 011 1"), true, CODED);
    let read = read(&payload, true);
    assert_eq!((read.kind, read.frame_num, read.order), (Kind::P, 3, Some(16)));
    assert_eq!((read.active, read.frame_nums(), read.most_held()), ([1, 0], 16, 3));
    // Less by 2; away with those less by 3.
    assert_eq!(read.changes[0], Some(vec![Change::Less(2)]));
    assert_eq!(read.marking, Some(Marking::Away(vec![3])));
}

#[test]
fn other_references_leave_the_rest_as_it_was() {
    for arithmetic in [true, false] {
        let before = header(arithmetic, "1 1 010 00100", "0");
        let before = slice(&before, arithmetic, CODED);
        let (changes, away) = ([None, None], Marking::Away(vec![2]));
        let rewritten = read(&before, arithmetic).rewritten(&before, 2, &changes, Some(&away));
        let after = header(arithmetic, "0", "1 010 010 1").replacen("0011", "0010", 1);
        assert_eq!(rewritten, slice(&after, arithmetic, CODED));
        let again = read(&rewritten, arithmetic);
        assert_eq!((again.frame_num, &again.changes[0]), (2, &None));
        assert_eq!(again.marking, Some(away));
        // And back.
        let changes = [Some(vec![Change::Less(2)]), None];
        let back = again.rewritten(&rewritten, 3, &changes, Some(&Marking::Sliding));
        assert_eq!(back, before);
    }
}

#[test]
fn what_is_held_for_long_is_not_understood() {
    for (changes, marking) in [("1 011 1 00100", "0"), ("0", "1 011 1 1"), ("0", "1 00110 1")] {
        let payload = slice(&header(true, changes, marking), true, CODED);
        let read = Header::read(&payload, &sets(true), false, true);
        assert_eq!(read, Some(Header::Frame), "{changes} {marking}");
    }
    // Torn, or of a set nobody sent.
    assert_eq!(Header::read(&[], &sets(true), false, true), None);
    assert_eq!(Header::read(&[0b1101_0011, 255, 255], &sets(true), false, true), None);
}
