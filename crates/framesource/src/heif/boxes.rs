// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a HEIC or AVIF file says of its picture: where its coded parts are and how they are put together.

use std::collections::BTreeMap;

use mp4_atom::{Any, Atom, Colr, DecodeMaybe, Idat, Iinf, Iloc, Iprp, Iref, Meta, Pitm};

/// Tiles of a picture at most: 64 megapixels in tiles of 256 a side have 1,024.
const MOST_TILES: usize = 4096;

/// What the parts of a picture may be longer than the file, for what decoders have to know before each.
const MOST_REPEATED: usize = 4 << 20;

/// A picture, still coded.
#[derive(Debug, Default, PartialEq)]
pub struct Coded {
    /// Its parts, row by row; one where it is whole.
    pub tiles: Vec<Tile>,
    /// Parts in a row.
    pub columns: u32,
    /// Width and height, where parts reach beyond.
    pub size: Option<(u32, u32)>,
    /// What is done with it before it is shown, in order.
    pub turns: Vec<Turn>,
    /// ICC profile.
    pub profile: Option<Vec<u8>>,
}

/// A coded part of a picture.
#[derive(Debug, PartialEq)]
pub struct Tile {
    /// How it is coded.
    pub codec: Codec,
    /// What the decoder has to know before.
    pub config: Vec<u8>,
    /// The coded picture.
    pub data: Vec<u8>,
}

/// How pictures are coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    /// HEIC.
    H265,
    /// AVIF.
    Av1,
}

/// A step on the way to the upright picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Quarter turns to the left.
    Left(u8),
    /// Top and bottom change places.
    UpsideDown,
    /// Left and right change places.
    Mirrored,
}

/// The tables of a file.
struct File<'f> {
    bytes: &'f [u8],
    locations: &'f Iloc,
    data: Option<&'f Idat>,
    kinds: BTreeMap<u32, [u8; 4]>,
    properties: BTreeMap<u32, Vec<&'f Any>>,
}

/// Reads the tables of a file and takes the coded parts of its main picture out.
///
/// # Errors
/// Tables that are damaged, and pictures made in ways that are not known here.
pub fn read(bytes: &[u8]) -> Result<Coded, String> {
    let meta = meta(bytes)?;
    let missing = |what: &str| format!("damaged: it has no {what}");
    let main = meta.get::<Pitm>().ok_or_else(|| missing("main picture"))?.item_id;
    let infos = meta.get::<Iinf>().ok_or_else(|| missing("list of pictures"))?;
    let properties = meta.get::<Iprp>().ok_or_else(|| missing("properties"))?;
    let kind = |info: &mp4_atom::ItemInfoEntry| Some((info.item_id, info.item_type?.into()));
    let file = File {
        bytes,
        locations: meta.get::<Iloc>().ok_or_else(|| missing("places of pictures"))?,
        data: meta.get::<Idat>(),
        kinds: infos.item_infos.iter().filter_map(kind).collect(),
        properties: by_item(properties),
    };
    let of_main = file.properties.get(&main).map(Vec::as_slice).unwrap_or_default();
    let mut coded = Coded { turns: turns(of_main), profile: profile(of_main), ..Coded::default() };
    if file.kinds.get(&main) != Some(b"grid") {
        (coded.tiles, coded.columns) = (vec![file.tile(main)?], 1);
        return Ok(coded);
    }
    let grid = Grid::read(&file.item(main)?).ok_or_else(|| missing("grid"))?;
    let parts = meta.get::<Iref>().and_then(|references| {
        references.references.iter().find(|reference| {
            reference.from_item_id == main && reference.reference_type == b"dimg".into()
        })
    });
    let parts = parts.ok_or_else(|| missing("parts"))?.to_item_ids.as_slice();
    if parts.len() > MOST_TILES || parts.len() != (grid.rows * grid.columns) as usize {
        return Err(format!("damaged: a grid of {} parts", parts.len()));
    }
    let mut length = 0;
    for part in parts {
        let tile = file.tile(*part)?;
        length += tile.config.len() + tile.data.len();
        // A file of 100 kB could name itself 4,096 times.
        if length > bytes.len() + MOST_REPEATED {
            return Err("damaged: its parts are longer than it".into());
        }
        coded.tiles.push(tile);
    }
    (coded.columns, coded.size) = (grid.columns, Some(grid.size));
    Ok(coded)
}

fn meta(bytes: &[u8]) -> Result<Meta, String> {
    let mut rest = bytes;
    loop {
        match Any::decode_maybe(&mut rest).map_err(|error| format!("damaged: {error}"))? {
            Some(Any::Meta(meta)) => return Ok(meta),
            Some(_) => (),
            None => return Err("damaged: it says nothing of its pictures".into()),
        }
    }
}

/// The properties of each picture, in order.
fn by_item(properties: &Iprp) -> BTreeMap<u32, Vec<&Any>> {
    let mut found: BTreeMap<u32, Vec<&Any>> = BTreeMap::new();
    for item in properties.ipma.iter().flat_map(|list| &list.item_properties) {
        let own = item.associations.iter().filter_map(|association| {
            let index = usize::from(association.property_index).checked_sub(1)?;
            properties.ipco.properties.get(index)
        });
        found.entry(item.item_id).or_default().extend(own);
    }
    found
}

fn turns(properties: &[&Any]) -> Vec<Turn> {
    let turn = |property: &&Any| match property {
        Any::Irot(turn) if turn.angle > 0 => Some(Turn::Left(turn.angle)),
        Any::Imir(mirror) if mirror.axis == 0 => Some(Turn::UpsideDown),
        Any::Imir(_) => Some(Turn::Mirrored),
        _ => None,
    };
    properties.iter().filter_map(turn).collect()
}

fn profile(properties: &[&Any]) -> Option<Vec<u8>> {
    properties.iter().find_map(|property| match property {
        Any::Colr(Colr::Prof { profile } | Colr::Ricc { profile }) => Some(profile.clone()),
        _ => None,
    })
}

impl File<'_> {
    /// The coded picture of an item.
    fn tile(&self, item: u32) -> Result<Tile, String> {
        let kind = self.kinds.get(&item).map(|kind| String::from_utf8_lossy(kind));
        let properties = self.properties.get(&item).map(Vec::as_slice).unwrap_or_default();
        let config = properties.iter().find_map(|property| {
            let mut config = Vec::new();
            match property {
                Any::Hvcc(hvcc) => hvcc.encode_body(&mut config).ok().map(|()| Codec::H265),
                Any::Av1c(av1c) => av1c.encode_body(&mut config).ok().map(|()| Codec::Av1),
                _ => None,
            }
            .map(|codec| (codec, config))
        });
        let (codec, config) = config.ok_or_else(|| {
            format!("a picture of the kind {:?} is not known here", kind.unwrap_or_default())
        })?;
        Ok(Tile { codec, config, data: self.item(item)? })
    }

    /// The bytes of an item.
    fn item(&self, item: u32) -> Result<Vec<u8>, String> {
        let damaged = || format!("damaged: part {item} is not there");
        let place = self.locations.item_locations.iter().find(|place| place.item_id == item);
        let place = place.ok_or_else(damaged)?;
        let from = match place.construction_method {
            0 => self.bytes,
            1 => self.data.map(|idat| idat.data.as_slice()).unwrap_or_default(),
            _ => return Err("a picture made of others is not known here".into()),
        };
        let mut bytes = Vec::new();
        for extent in &place.extents {
            let start = place.base_offset.checked_add(extent.offset);
            let end = start.and_then(|start| start.checked_add(extent.length));
            let range = start.zip(end).and_then(|(start, end)| {
                // A length of 0 is all that follows.
                let end =
                    if extent.length == 0 { from.len() } else { usize::try_from(end).ok()? };
                from.get(usize::try_from(start).ok()?..end)
            });
            let range = range.ok_or_else(damaged)?;
            if bytes.len() + range.len() > self.bytes.len() {
                return Err(damaged());
            }
            bytes.extend_from_slice(range);
        }
        Ok(bytes)
    }
}

/// A picture in parts.
struct Grid {
    rows: u32,
    columns: u32,
    size: (u32, u32),
}

impl Grid {
    fn read(bytes: &[u8]) -> Option<Self> {
        let [_, flags, rows, columns, rest @ ..] = bytes else { return None };
        let size = match (flags & 1, rest) {
            (0, [a, b, c, d, ..]) => {
                (u16::from_be_bytes([*a, *b]).into(), u16::from_be_bytes([*c, *d]).into())
            }
            (1, [a, b, c, d, e, f, g, h, ..]) => {
                (u32::from_be_bytes([*a, *b, *c, *d]), u32::from_be_bytes([*e, *f, *g, *h]))
            }
            _ => return None,
        };
        Some(Self { rows: u32::from(*rows) + 1, columns: u32::from(*columns) + 1, size })
    }
}
