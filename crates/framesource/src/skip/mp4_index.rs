// SPDX-License-Identifier: MIT OR Apache-2.0
//! When each picture of an MP4 or QuickTime file is shown, from the tables at its beginning or end: so that
//! pictures can be counted that are not even read.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;

use mp4_atom::{Atom, Header, Moov, ReadFrom, Stbl, StszSamples};

use super::mp4_boxes::keep_tables;

/// The largest tables that are read: a day of video has about 100 MB of them.
const MOST_BYTES: usize = 256 << 20;
/// The most pictures of a file: four days of 60 a second.
const MOST_PICTURES: usize = 20_000_000;
/// Times in nanoseconds that differ by so much are the same: one of them was rounded twice.
pub const SAME: i64 = 100;

/// The pictures of the only video of a file, in decoding order.
#[derive(Debug, Default, PartialEq)]
pub struct Index {
    /// When each is shown, in nanoseconds after the first of them in decoding order.
    shown: Vec<i64>,
    /// The same, in the order in which they are shown.
    order: Vec<i64>,
    /// Bytes of the video before each.
    bytes: Vec<u64>,
    /// Those at which decoding can begin and that divide the others: what is before one in the file is shown
    /// before it.
    entries: Vec<usize>,
}

impl Index {
    /// Reads the tables of a file. `None` where it has none, more than one video, or one whose times another
    /// table changes on the way (fragments, several edits).
    pub fn read(path: &Path) -> Option<Self> {
        let why = |why| tracing::info!("{}: tables not read: {why}", path.display());
        Self::of(BufReader::new(File::open(path).ok()?), why)
    }

    /// The same of what a file holds; `failed` is told why tables cannot be read.
    pub fn of(mut file: impl Read + Seek, failed: impl FnOnce(mp4_atom::Error)) -> Option<Self> {
        let moov = tables(&mut file, failed)?;
        // Each picture has a byte at least; tables of one line may say that there are millions.
        let most = usize::try_from(file.seek(SeekFrom::End(0)).ok()?).ok()?.min(MOST_PICTURES);
        let mut videos = moov.trak.iter().filter(|track| track.mdia.hdlr.handler == b"vide".into());
        let track = videos.next().filter(|_| videos.next().is_none() && moov.mvex.is_none())?;
        let edits = track.edts.as_ref().and_then(|edits| edits.elst.as_ref());
        // Nothing may stand before the one part that is shown: that moves all by as much.
        let parts = edits.map(|list| list.entries.iter().skip_while(|e| e.media_time.is_none()));
        let plain = parts.is_none_or(|parts| parts.count() <= 1);
        let stbl = &track.mdia.minf.stbl;
        (plain && stbl.stsd.codecs.len() == 1)
            .then(|| Self::new(stbl, track.mdia.mdhd.timescale, most))
            .flatten()
    }

    fn new(stbl: &Stbl, timescale: u32, most: usize) -> Option<Self> {
        let (count, sizes) = match &stbl.stsz.samples {
            StszSamples::Identical { count, size } => (*count as usize, vec![*size]),
            StszSamples::Different { sizes } => (sizes.len(), sizes.clone()),
        };
        if count > most {
            return None;
        }
        let steps = stbl.stts.entries.iter();
        let mut steps = steps.flat_map(|run| repeat(run.sample_delta.into(), run.sample_count));
        let offsets = stbl.ctts.iter().flat_map(|table| &table.entries);
        let mut offsets = offsets.flat_map(|run| repeat(run.sample_offset, run.sample_count));
        let (mut decoded, mut ticks) = (0i64, Vec::new());
        for _ in 0..count {
            let offset = if stbl.ctts.is_some() { offsets.next()? } else { 0 };
            ticks.push(decoded + offset);
            decoded += steps.next()?;
        }
        let first = *ticks.first()?;
        let nanoseconds = |ticks: i64| {
            let nanoseconds = i128::from(ticks - first) * 1_000_000_000;
            i64::try_from(nanoseconds / i128::from(timescale.max(1))).unwrap_or(i64::MAX)
        };
        let shown: Vec<i64> = ticks.into_iter().map(nanoseconds).collect();
        let mut order = shown.clone();
        order.sort_unstable();
        let bytes = sizes.iter().cycle().take(count).scan(0, |sum, &size| {
            let before = *sum;
            *sum += u64::from(size);
            Some(before)
        });
        let synced: Vec<usize> = match &stbl.stss {
            Some(table) => table.entries.iter().map(|&number| number as usize).collect(),
            None => (1..=count).collect(),
        };
        let entries = dividing(&shown, synced.into_iter().map(|number| number.wrapping_sub(1)));
        Some(Self { bytes: bytes.collect(), entries, order, shown })
    }

    /// Of pictures shown as they are decoded, one byte each.
    #[cfg(test)]
    pub fn regular(count: usize, step: i64, entries: &[usize]) -> Self {
        let shown: Vec<i64> = (0..count as i64).map(|picture| picture * step).collect();
        Self {
            order: shown.clone(),
            shown,
            bytes: (0..count as u64).collect(),
            entries: entries.to_vec(),
        }
    }

    /// When a picture is shown, after the first.
    pub fn shown(&self, picture: usize) -> Option<i64> {
        self.shown.get(picture).copied()
    }

    /// Where to begin decoding for the first picture shown at this time or later, both after the first
    /// picture. `None` behind the last.
    pub fn entry_before(&self, time: i64) -> Option<usize> {
        let wanted = self.order.partition_point(|&shown| shown < time - SAME);
        let wanted = *self.order.get(wanted)?;
        let behind = self.entries.partition_point(|&entry| self.shown[entry] <= wanted);
        self.entries.get(behind.checked_sub(1)?).copied()
    }

    /// The entry shown at this time after the first picture.
    pub fn entry_at(&self, time: i64) -> Option<usize> {
        let place = self.entries.partition_point(|&entry| self.shown[entry] < time - SAME);
        let entry = *self.entries.get(place)?;
        ((self.shown[entry] - time).abs() <= SAME).then_some(entry)
    }

    /// Bytes of the video in these pictures, without the last.
    pub fn bytes(&self, pictures: Range<usize>) -> u64 {
        let before = |picture| self.bytes.get(picture).copied().unwrap_or_default();
        before(pictures.end).saturating_sub(before(pictures.start))
    }
}

/// The box with the tables, past everything else.
fn tables(file: &mut (impl Read + Seek), failed: impl FnOnce(mp4_atom::Error)) -> Option<Moov> {
    let mut first = true;
    while let Some(header) = Option::<Header>::read_from(file).ok()? {
        // What begins with something else is no such file.
        let known = [*b"ftyp", *b"moov", *b"mdat", *b"free", *b"skip", *b"wide"];
        if std::mem::take(&mut first) && !known.iter().any(|kind| header.kind == kind.into()) {
            return None;
        }
        let size = header.size?;
        if header.kind == Moov::KIND {
            let mut body = Vec::new();
            file.take(size.min(MOST_BYTES) as u64).read_to_end(&mut body).ok()?;
            keep_tables(&mut body)?;
            return Moov::decode_body(&mut body.as_slice()).map_err(failed).ok();
        }
        file.seek(SeekFrom::Current(i64::try_from(size).ok()?)).ok()?;
    }
    None
}

fn repeat(value: i64, count: u32) -> impl Iterator<Item = i64> {
    std::iter::repeat_n(value, count as usize)
}

/// Those of the pictures that have all before them shown before and all behind them after.
fn dividing(shown: &[i64], pictures: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut latest_before = Vec::with_capacity(shown.len());
    let mut latest = i64::MIN;
    for &time in shown {
        latest_before.push(latest);
        latest = latest.max(time);
    }
    let mut earliest_behind = vec![i64::MAX; shown.len()];
    let mut earliest = i64::MAX;
    for (place, &time) in earliest_behind.iter_mut().zip(shown).rev() {
        *place = earliest;
        earliest = earliest.min(time);
    }
    let divides = |&picture: &usize| {
        let time = shown.get(picture);
        time.is_some_and(|&time| latest_before[picture] < time && time < earliest_behind[picture])
    };
    let mut entries: Vec<usize> = pictures.filter(divides).collect();
    entries.sort_unstable();
    entries.dedup();
    entries
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use mp4_atom::{Ctts, CttsEntry, Stss, Stsz, Stts, SttsEntry};

    use super::*;

    /// Of pictures at one tick each, shown so many later; sizes are those of their numbers.
    fn index(later: &[i64], keys: Option<&[u32]>) -> Option<Index> {
        let run = |&sample_offset| CttsEntry { sample_count: 1, sample_offset };
        let count = later.len() as u32;
        let stbl = Stbl {
            stsz: Stsz { samples: StszSamples::Different { sizes: (0..count).collect() } },
            stts: Stts { entries: vec![SttsEntry { sample_count: count, sample_delta: 1 }] },
            ctts: Some(Ctts { entries: later.iter().map(run).collect() }),
            stss: keys.map(|keys| Stss { entries: keys.to_vec() }),
            ..Stbl::default()
        };
        Index::new(&stbl, 10, MOST_PICTURES)
    }

    #[test]
    fn an_entry_divides_what_is_shown() {
        // Decoded 0 2 1 | 3 5 4 | 7 6: before 7 a picture is shown that is behind it in the file.
        let index = index(&[1, 2, 0, 1, 2, 0, 2, 0], Some(&[1, 4, 7])).unwrap();
        let tenths = |tenths: i64| tenths * 100_000_000;
        assert_eq!(index.shown, [0, 2, 1, 3, 5, 4, 7, 6].map(tenths));
        assert_eq!(index.entries, [0, 3]);
        for (time, entry) in [(0, 0), (2, 0), (3, 3), (4, 3), (7, 3)] {
            assert_eq!(index.entry_before(tenths(time)), Some(entry), "{time}");
        }
        // Between two pictures the later is meant, whatever rounding has made of its time.
        assert_eq!(index.entry_before(tenths(2) + 1_000_000), Some(3));
        assert_eq!(index.entry_before(tenths(3) + SAME / 2), Some(3));
        assert_eq!(index.entry_before(tenths(8)), None);
        assert_eq!(index.entry_at(tenths(3) - SAME / 2), Some(3));
        assert_eq!(index.entry_at(tenths(7)), None);
        assert_eq!(index.bytes(1..4), 1 + 2 + 3);
    }

    #[test]
    fn without_a_table_of_key_frames_each_picture_is_one() {
        assert_eq!(index(&[0; 3], None).unwrap().entries, [0, 1, 2]);
        assert_eq!(index(&[], None), None);
    }

    #[test]
    fn what_is_no_such_file_has_no_index() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.mp4");
        for content in
            [&b""[..], b"\0\0\0\x08free", b"\0\0\0\x10moov", b"RIFF0000AVI LIST", b"\0\0"]
        {
            std::fs::write(&file, content).unwrap();
            assert_eq!(Index::read(&file), None, "{content:?}");
        }
        assert_eq!(Index::read(&folder.path().join("none.mp4")), None);
    }
}
