// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pictures coded here and put into boxes as cameras do.
#![allow(clippy::unwrap_used)]

use mp4_atom::{
    Any, Atom, Av1c, Encode, Ftyp, Hdlr, Hvcc, Idat, Iinf, Iloc, Imir, Ipco, Ipma, Iprp, Iref,
    Irot, ItemInfoEntry, ItemLocation, ItemLocationExtent, Meta, Pitm, PropertyAssociation,
    PropertyAssociations, Reference,
};

use super::*;

/// A picture of four colours, one in each quarter.
fn quarters() -> RgbImage {
    RgbImage::from_fn(256, 128, |x, y| {
        image::Rgb(match (x < 128, y < 64) {
            (true, true) => [200, 40, 40],
            (false, true) => [40, 200, 40],
            (true, false) => [40, 40, 200],
            (false, false) => [200, 200, 200],
        })
    })
}

/// Codes pictures of one size; the data of each and what the decoder has to know before. `None` where the
/// encoder is not here.
fn coded(pictures: &[RgbImage], encoder: &str) -> Option<(Vec<Vec<u8>>, Vec<u8>)> {
    gst::init().unwrap();
    let description = format!(
        "appsrc name=in format=time ! videoconvert ! video/x-raw,format=I420 ! {encoder} ! appsink name=out sync=false"
    );
    let pipeline = testkit::have("heif-encoder", gst::parse::launch(&description))?;
    let pipeline = pipeline.downcast::<gst::Pipeline>().unwrap();
    let source = pipeline.by_name("in").unwrap().downcast::<AppSrc>().unwrap();
    let sink = pipeline.by_name("out").unwrap().downcast::<AppSink>().unwrap();
    let (width, height) = pictures[0].dimensions();
    let info = gst_video::VideoInfo::builder(gst_video::VideoFormat::Rgb, width, height)
        .fps(gst::Fraction::new(1, 1));
    source.set_caps(Some(&info.build().unwrap().to_caps().unwrap()));
    pipeline.set_state(gst::State::Playing).unwrap();
    for (number, picture) in (0..).zip(pictures) {
        let mut buffer = gst::Buffer::from_slice(picture.as_raw().clone());
        buffer.get_mut().unwrap().set_pts(gst::ClockTime::from_seconds(number));
        source.push_buffer(buffer).unwrap();
    }
    source.end_of_stream().unwrap();
    let (mut data, mut config) = (Vec::new(), Vec::new());
    while let Ok(sample) = sink.pull_sample() {
        data.push(sample.buffer().unwrap().map_readable().unwrap().to_vec());
        let known = sample.caps().unwrap().structure(0).unwrap().get::<gst::Buffer>("codec_data");
        config = known.map(|known| known.map_readable().unwrap().to_vec()).unwrap_or_default();
    }
    pipeline.set_state(gst::State::Null).unwrap();
    Some((data, config))
}

/// A file of parts in one row, or of a single one, with these properties of the whole.
fn file(
    kind: &[u8; 4],
    config: Any,
    parts: &[Vec<u8>],
    size: (u16, u16),
    turns: Vec<Any>,
) -> Vec<u8> {
    let mut bytes = Vec::new();
    let ftyp = Ftyp { major_brand: b"mif1".into(), minor_version: 0, compatible_brands: vec![] };
    ftyp.encode(&mut bytes).unwrap();
    let entry = |item_id: u32, kind: &[u8; 4]| ItemInfoEntry {
        item_id,
        item_protection_index: 0,
        item_type: Some(kind.into()),
        item_name: String::new(),
        content_type: None,
        content_encoding: None,
        item_uri_type: None,
        item_not_in_presentation: false,
    };
    // All data is in the tables: the last item is the grid.
    let (mut data, mut places, mut infos) = (Vec::new(), Vec::new(), Vec::new());
    let mut add = |item_id: u32, kind: &[u8; 4], part: &[u8]| {
        let extent = ItemLocationExtent {
            item_reference_index: 0,
            offset: data.len() as u64,
            length: part.len() as u64,
        };
        data.extend_from_slice(part);
        infos.push(entry(item_id, kind));
        places.push(ItemLocation {
            item_id,
            construction_method: 1,
            data_reference_index: 0,
            base_offset: 0,
            extents: vec![extent],
        });
    };
    let ids: Vec<u32> = (1..=parts.len() as u32).collect();
    ids.iter().zip(parts).for_each(|(id, part)| add(*id, kind, part));
    let is_grid = parts.len() > 1;
    let main = if is_grid { parts.len() as u32 + 1 } else { 1 };
    if is_grid {
        let [w, h] = [size.0.to_be_bytes(), size.1.to_be_bytes()];
        add(main, b"grid", &[0, 0, 0, parts.len() as u8 - 1, w[0], w[1], h[0], h[1]]);
    }
    let of = |item_id: u32, indices: std::ops::RangeInclusive<u16>| PropertyAssociations {
        item_id,
        associations: indices
            .map(|property_index| PropertyAssociation { essential: true, property_index })
            .collect(),
    };
    let last = 1 + turns.len() as u16;
    let mut item_properties: Vec<_> = ids.iter().map(|id| of(*id, 1..=1)).collect();
    match is_grid {
        true => item_properties.push(of(main, 2..=last)),
        false => item_properties = vec![of(1, 1..=last)],
    }
    let properties = [vec![config], turns].concat();
    let mut meta = Meta { hdlr: Hdlr { handler: b"pict".into(), name: "".into() }, items: vec![] };
    meta.push(Pitm { item_id: main });
    meta.push(Iinf { item_infos: infos });
    meta.push(Iloc { item_locations: places });
    meta.push(Iprp { ipco: Ipco { properties }, ipma: vec![Ipma { item_properties }] });
    let reference_type = b"dimg".into();
    meta.push(Iref {
        references: vec![Reference { reference_type, from_item_id: main, to_item_ids: ids }],
    });
    meta.push(Idat { data });
    meta.encode(&mut bytes).unwrap();
    bytes
}

fn assert_alike(found: &RgbImage, expected: &RgbImage) {
    assert_eq!(found.dimensions(), expected.dimensions());
    let off = |(a, b): (&u8, &u8)| f64::from(a.abs_diff(*b));
    let sum: f64 = found.as_raw().iter().zip(expected.as_raw()).map(off).sum();
    let mean = sum / found.as_raw().len() as f64;
    assert!(mean < 8.0, "{mean}");
}

#[test]
fn a_telephones_picture_in_parts_is_put_together_and_upright() {
    let whole = quarters();
    let parts: Vec<RgbImage> =
        (0..4).map(|n| imageops::crop_imm(&whole, n * 64, 0, 64, 128).to_image()).collect();
    let encoder = "x265enc option-string=keyint=1:bframes=0 ! h265parse ! video/x-h265,stream-format=hvc1,alignment=au";
    let Some((data, config)) = coded(&parts, encoder) else { return };
    let config = Any::Hvcc(Hvcc::decode_body(&mut config.as_slice()).unwrap());
    let turns = vec![Any::Irot(Irot { angle: 1 }), Any::Imir(Imir { axis: 1 })];
    // The last part reaches beyond the picture.
    let bytes = file(b"hvc1", config, &data, (250, 128), turns);
    let expected = imageops::crop_imm(&whole, 0, 0, 250, 128).to_image();
    let expected = imageops::flip_horizontal(&imageops::rotate270(&expected));
    assert_alike(&decode(&bytes).unwrap(), &expected);
    let cut = decode(&bytes[..bytes.len() - 200]).unwrap_err();
    assert!(cut.contains("damaged") && cut.contains("heif-convert"), "{cut}");
}

#[test]
fn a_picture_of_the_web_in_one_part_is_read() {
    let encoder =
        "av1enc cpu-used=8 ! av1parse ! video/x-av1,stream-format=obu-stream,alignment=tu";
    let Some((data, config)) = coded(&[quarters()], encoder) else { return };
    let config = Av1c::decode_body(&mut config.as_slice()).unwrap_or_default();
    let bytes = file(b"av01", Any::Av1c(config), &data[..1], (256, 128), vec![]);
    assert_alike(&decode(&bytes).unwrap(), &quarters());
}
