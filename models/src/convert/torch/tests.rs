// SPDX-License-Identifier: MIT OR Apache-2.0
#![allow(clippy::unwrap_used)]

use super::*;

/// Written by PyTorch 2.2 (`torch.save` in the old format): `w`, the transpose of 0, 0.5, … 2.5 in three rows
/// of two; `b`, all but the first of 9, 1.5, -2.
const FILE: &[u8] = include_bytes!("tiny.pt");

#[test]
fn strides_and_offsets_are_honoured() {
    let found = tensors(FILE).unwrap();
    assert_eq!(found.keys().collect::<Vec<_>>(), ["b", "w"]);
    assert_eq!(
        found["w"],
        Tensor { shape: vec![2, 3], values: vec![0.0, 1.0, 2.0, 0.5, 1.5, 2.5] }
    );
    assert_eq!(found["b"], Tensor { shape: vec![2], values: vec![1.5, -2.0] });
}

#[test]
fn damage_anywhere_is_an_error_or_another_number() {
    for length in 0..FILE.len() {
        assert!(tensors(&FILE[..length]).is_err(), "{length} bytes");
    }
    let (mut refused, mut file) = (0, FILE.to_vec());
    for place in 0..file.len() {
        for flip in [0x01, 0x80, 0xff] {
            file[place] ^= flip;
            refused += usize::from(tensors(&file).is_err());
            file[place] ^= flip;
        }
    }
    assert!(refused > FILE.len(), "{refused}");
}

#[test]
fn what_a_pickle_would_run_is_not_run() {
    let mut file = FILE.to_vec();
    let name = b"_rebuild_tensor_v2";
    let place = file.windows(name.len()).position(|bytes| bytes == name).unwrap();
    file[place..place + 4].copy_from_slice(b"evil");
    let error = tensors(&file).unwrap_err().to_string();
    assert!(error.contains("a tensor of floats"), "{error}");
    // No such instruction is known: GLOBAL from the stack, of later versions.
    assert!(tensors(b"\x80\x04\x93.").unwrap_err().to_string().contains("0x93"));
}
