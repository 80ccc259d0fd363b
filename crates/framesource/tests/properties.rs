// SPDX-License-Identifier: MIT OR Apache-2.0
//! What holds of lists of inputs and of coded pictures, whatever their bytes.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use framesource::fuzzing;
use proptest::prelude::*;

/// Bytes, or what lists are made of, in any order.
fn list() -> impl Strategy<Value = Vec<u8>> {
    let parts = vec![
        "\n",
        "\r\n",
        "\"",
        "'",
        "'\\''",
        "\\",
        "#",
        " ",
        "file ",
        "ffconcat version 1.0\n",
        "duration 3\n",
        "rtsp://host/x",
        "://",
        "a.mp4",
        "..",
        "/",
        "\0",
        "\u{feff}",
        "映",
    ];
    let part = prop_oneof![
        prop::sample::select(parts).prop_map(|part| part.as_bytes().to_vec()),
        prop::sample::select(vec![vec![0xff, 0xfe], vec![0xfe, 0xff], vec![0xd8, 0], vec![0xff]]),
        prop::collection::vec(any::<u8>(), 0..4),
    ];
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..64),
        prop::collection::vec(part, 0..16).prop_map(|parts| parts.concat()),
    ]
}

proptest! {
    #[test]
    fn any_list_is_read_or_refused(bytes in list()) {
        let named = fuzzing::list(&bytes, Path::new("/nowhere"));
        let lines = bytes.iter().filter(|byte| **byte == b'\n').count() + 1;
        prop_assert!(named.is_none_or(|named| named.len() <= lines.max(bytes.len())));
    }

    #[test]
    fn plain_names_are_named_in_order(names in prop::collection::vec("[a-z0-9映]{3,9}[.]mkv", 1..8)) {
        let text = names.join("\n");
        prop_assert_eq!(fuzzing::list(text.as_bytes(), Path::new("/nowhere")).unwrap(), names.clone());
        let quoted: String = names.iter().map(|name| format!(" \"{name}\" \r\n")).collect();
        prop_assert_eq!(fuzzing::list(quoted.as_bytes(), Path::new("/nowhere")).unwrap(), names.clone());
        let wide: Vec<u8> = format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_be_bytes).collect();
        prop_assert_eq!(fuzzing::list(&wide, Path::new("/nowhere")).unwrap(), names);
    }

    #[test]
    fn any_buffer_is_a_picture_or_unknown(
        buffers in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..48), any::<bool>()), 0..8),
    ) {
        let streams = [
            ("video/x-h264", "au", "byte-stream"), ("video/x-h265", "au", "byte-stream"),
            ("video/x-vp8", "frame", ""), ("video/x-vp9", "super-frame", ""), ("video/x-av1", "tu", ""),
        ];
        for stream in streams {
            let given = buffers.iter().map(|(bytes, left_out)| (&bytes[..], *left_out));
            fuzzing::pictures(stream, None, (true, true), given);
        }
    }
}
