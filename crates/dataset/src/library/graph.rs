// SPDX-License-Identifier: MIT OR Apache-2.0
//! The graph of nearest neighbours (HNSW, Malkov and Yashunin 2016), for libraries that are too large to be compared
//! with as a whole.
//!
//! It lies in the same transactions as all else: what a query finds is what the records say, whatever moment a kill
//! comes. Up to [`EXACT_UP_TO`] templates there is none.

use hannoy::distances::Cosine;
use hannoy::internals::KeyCodec;
use hannoy::{Reader, Writer};
use heed::Database;
use heed::types::Bytes;
use rand::SeedableRng;
use rand::rngs::SmallRng;

use super::tables::{View, Writing};
use super::{Library, LibraryError};

/// Templates up to which all are compared: measured at 128 numbers a vector, one query of 100,000 takes some 5 ms.
pub const EXACT_UP_TO: u64 = 100_000;
/// Links of a node above the lowest layer, and in it.
const LINKS: usize = 16;
const LOWEST_LINKS: usize = 32;
/// Nodes that are looked at to link a new one.
const BUILD_WIDTH: usize = 100;
/// hannoy keeps several graphs in a database; this is ours.
const GRAPH: u16 = 0;

/// The database of the graph.
#[derive(Debug, Clone, Copy)]
pub(super) struct Graph<'l> {
    pub(super) database: hannoy::Database<'l, Cosine>,
}

impl<'l> Graph<'l> {
    pub(super) fn new(database: Database<'l, Bytes, Bytes>) -> Self {
        Self { database: database.remap_types() }
    }

    fn writer(&self, library: &Library) -> Writer<'l, Cosine> {
        Writer::new(self.database, GRAPH, library.info.embeddings.dimensions)
    }
}

impl View<'_> {
    /// Whether there is a graph.
    pub fn has_graph(&self) -> Result<bool, LibraryError> {
        let first = self.tables.graph.database.remap_types::<Bytes, Bytes>().first(self.txn);
        Ok(first.map_err(|e| LibraryError::store("read", &self.library.location, e))?.is_some())
    }

    /// The templates nearest to a unit vector, as the graph finds them, and their cosines; it may miss some. `width` is
    /// how many nodes it looks at, at least `count`. `None` where there is no graph.
    ///
    /// # Errors
    /// A vector of another length, a damaged graph.
    pub fn nearest(
        &self,
        vector: &[f32],
        count: usize,
        width: usize,
    ) -> Result<Option<Vec<(u32, f32)>>, LibraryError> {
        self.searcher()?.map(|searcher| searcher.nearest(vector, count, width)).transpose()
    }

    /// The graph opened for many queries; `None` where there is none.
    pub fn searcher(&self) -> Result<Option<Searcher<'_>>, LibraryError> {
        if !self.has_graph()? {
            return Ok(None);
        }
        let reader = Reader::open(self.txn, GRAPH, self.tables.graph.database);
        let reader = reader.map_err(|e| LibraryError::index(&self.library.location, e))?;
        Ok(Some(Searcher { view: *self, reader }))
    }

    /// Number of templates that the graph knows.
    pub fn in_graph(&self) -> Result<u64, LibraryError> {
        Ok(self.searcher()?.map_or(0, |searcher| searcher.reader.item_ids().len()))
    }
}

/// A graph opened for queries.
pub struct Searcher<'a> {
    view: View<'a>,
    reader: Reader<'a, Cosine>,
}

impl Searcher<'_> {
    /// See [`View::nearest`].
    pub fn nearest(
        &self,
        vector: &[f32],
        count: usize,
        width: usize,
    ) -> Result<Vec<(u32, f32)>, LibraryError> {
        let found = self.reader.nns(count).ef_search(width).by_vector(self.view.txn, vector);
        let found = found.map_err(|e| LibraryError::index(&self.view.library.location, e))?;
        // hannoy's distance is (1 - cosine) / 2.
        Ok(found.into_nns().into_iter().map(|(id, distance)| (id, 1.0 - 2.0 * distance)).collect())
    }
}

impl Writing<'_> {
    /// Puts vectors into the graph, if there is one; they are linked by [`Writing::link`].
    pub(super) fn put_in_graph<'v>(
        &mut self,
        vectors: impl Iterator<Item = (u32, &'v [f32])>,
    ) -> Result<(), LibraryError> {
        if !self.view().has_graph()? {
            return Ok(());
        }
        let writer = self.tables.graph.writer(self.library);
        for (id, vector) in vectors {
            let added = writer.add_item(&mut self.txn, id, vector);
            added.map_err(|e| LibraryError::index(&self.library.location, e))?;
        }
        self.unlinked = true;
        Ok(())
    }

    /// Takes vectors out of the graph, if there is one.
    pub(super) fn remove_from_graph(&mut self, ids: &[u32]) -> Result<(), LibraryError> {
        if ids.is_empty() || !self.view().has_graph()? {
            return Ok(());
        }
        let writer = self.tables.graph.writer(self.library);
        for id in ids {
            let removed = writer.del_item(&mut self.txn, *id);
            removed.map_err(|e| LibraryError::index(&self.library.location, e))?;
        }
        self.unlinked = true;
        Ok(())
    }

    /// Brings the graph in order before the transaction ends: made where the library has grown too large for comparing
    /// all, dropped where it has shrunk to half of that, linked where something came or went.
    pub(super) fn link(&mut self) -> Result<(), LibraryError> {
        let alive = self.view().templates()?;
        let has = self.view().has_graph()?;
        if has && alive < EXACT_UP_TO / 2 {
            return self.drop_graph();
        }
        if !has && alive > EXACT_UP_TO {
            return self.build_graph();
        }
        if self.unlinked { self.build_links() } else { Ok(()) }
    }

    /// Makes the graph anew from the vectors that are there.
    ///
    /// # Errors
    /// A disk that is full, a damaged block.
    pub fn build_graph(&mut self) -> Result<(), LibraryError> {
        self.drop_graph()?;
        let writer = self.tables.graph.writer(self.library);
        let blocks = self.tables.blocks;
        let mut at = 0;
        loop {
            let next = blocks.get_greater_than_or_equal_to(&self.txn, &u32::to_be_bytes(at));
            let next = next.map_err(|e| LibraryError::store("read", &self.library.location, e))?;
            let Some((key, _)) = next else { break };
            let Some(number) = key.first_chunk().map(|key| u32::from_be_bytes(*key)) else { break };
            let mut vectors = Vec::new();
            if let Some(block) = self.view().block(number * super::BLOCK as u32)? {
                let all = block.owners().map(|(id, _)| id);
                vectors.extend(all.filter_map(|id| {
                    Some((id, block.vector(id as usize % super::BLOCK)?.to_vec()))
                }));
            }
            for (id, vector) in vectors {
                let added = writer.add_item(&mut self.txn, id, &vector);
                added.map_err(|e| LibraryError::index(&self.library.location, e))?;
            }
            let Some(next) = number.checked_add(1) else { break };
            at = next;
        }
        self.build_links()
    }

    fn build_links(&mut self) -> Result<(), LibraryError> {
        let writer = self.tables.graph.writer(self.library);
        // Which layers a node is in is drawn; the same draw for the same state.
        let mut rng = SmallRng::seed_from_u64(self.view().templates()?);
        let mut builder = writer.builder(&mut rng);
        let built =
            builder.ef_construction(BUILD_WIDTH).build::<LINKS, LOWEST_LINKS>(&mut self.txn);
        built.map_err(|e| LibraryError::index(&self.library.location, e))?;
        self.unlinked = false;
        Ok(())
    }

    fn drop_graph(&mut self) -> Result<(), LibraryError> {
        let database = self.tables.graph.database.remap_types::<KeyCodec, Bytes>();
        let cleared = database.clear(&mut self.txn);
        self.unlinked = false;
        cleared.map_err(|e| LibraryError::store("write", &self.library.location, e))
    }
}
