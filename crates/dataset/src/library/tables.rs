// SPDX-License-Identifier: MIT OR Apache-2.0
//! The tables of a store, read and written in transactions.

use std::collections::BTreeMap;
use std::fs::File;

use heed::types::Bytes;
use heed::{CommitOrAbort, Database, RoTxn, RwTxn, WithoutTls};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::blocks::{self, BLOCK};
use super::graph::Graph;
use super::open::lock;
use super::{
    Block, DatasetRecord, Erasure, Library, LibraryError, LibraryInfo, Owner, PersonRecord,
    TemplateRecord,
};

/// What a record is of: the first byte of its key.
#[derive(Debug, Clone, Copy)]
#[repr(u8)]
enum Of {
    Dataset = b'd',
    Person = b'p',
    Template = b't',
    /// Templates by dataset: the numbers of both, and no value.
    InDataset = b'i',
    Erasure = b'e',
    /// The last number given; see [`Counter`].
    Counter = b'c',
    /// The tree of StreamFace's algorithm.
    Tree = b'h',
}

/// What numbers are given to.
#[derive(Debug, Clone, Copy)]
enum Counter {
    Datasets,
    People,
    Templates,
    /// Templates that are there.
    Alive,
}

fn key(of: Of, number: u32) -> [u8; 5] {
    let [a, b, c, d] = number.to_be_bytes();
    [of as u8, a, b, c, d]
}

/// The number at the end of a key.
fn number(key: &[u8]) -> Option<u32> {
    Some(u32::from_be_bytes(*key.last_chunk()?))
}

/// The databases of a store.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tables<'l> {
    pub(super) records: Database<'l, Bytes, Bytes>,
    pub(super) blocks: Database<'l, Bytes, Bytes>,
    pub(super) graph: Graph<'l>,
}

impl Library {
    /// Makes the databases of a new store.
    pub(super) fn make_tables(&self) -> Result<(), LibraryError> {
        let failed = |cause| LibraryError::store("make", &self.location, cause);
        let txn = self.env.write_txn().map_err(failed)?;
        self.env
            .create_databases_and_commit(txn, |make, txn| {
                let records = make.create_database::<Bytes, Bytes>(txn, Some("records"))?;
                let blocks = make.create_database::<Bytes, Bytes>(txn, Some("blocks"))?;
                let graph = make.create_database::<Bytes, Bytes>(txn, Some("graph"))?;
                Ok(CommitOrAbort::<_, ()>::Commit([records, blocks, graph]))
            })
            .map_err(failed)?;
        Ok(())
    }

    pub(super) fn tables(&self) -> Result<Tables<'_>, LibraryError> {
        let failed = |cause| LibraryError::store("open", &self.location, cause);
        let txn = self.env.read_txn().map_err(failed)?;
        let names = ["records", "blocks", "graph"];
        let tables = self.env.open_databases_and_commit(txn, |open, txn| {
            let mut tables = [None, None, None];
            for (table, name) in tables.iter_mut().zip(names) {
                *table = open.open_database::<Bytes, Bytes>(txn, Some(name))?;
            }
            Ok(CommitOrAbort::<_, ()>::Commit(tables))
        });
        match tables.map_err(failed)?.commit() {
            Some([Some(records), Some(blocks), Some(graph)]) => {
                Ok(Tables { records, blocks, graph: Graph::new(graph) })
            }
            _ => Err(self.damaged("a table is missing".into())),
        }
    }

    /// Begins to read: what others write from now on is not seen.
    ///
    /// # Errors
    /// A store that cannot be read.
    pub fn read(&self) -> Result<Reading<'_>, LibraryError> {
        let tables = self.tables()?;
        let txn = self.env.read_txn();
        let txn = txn.map_err(|cause| LibraryError::store("read", &self.location, cause))?;
        Ok(Reading { library: self, tables, txn })
    }

    /// Begins to write; nothing is kept before [`Writing::commit`].
    ///
    /// # Errors
    /// Another process that writes, a store that cannot be written.
    pub fn write(&self) -> Result<Writing<'_>, LibraryError> {
        let lock = lock(&self.location)?;
        // Another process may have put a new store in its place.
        if super::LibraryInfo::read(&self.location)?
            .is_none_or(|info| info.store != self.info.store)
        {
            return Err(LibraryError::Replaced { location: self.location.clone() });
        }
        self.sweep()?;
        let tables = self.tables()?;
        let txn = self.env.write_txn();
        let txn = txn.map_err(|cause| LibraryError::store("write", &self.location, cause))?;
        Ok(Writing { library: self, tables, txn, unlinked: false, _lock: lock })
    }

    pub(super) fn damaged(&self, what: String) -> LibraryError {
        LibraryError::Damaged { location: self.location.clone(), what }
    }
}

/// A library as it was at one moment.
pub struct Reading<'l> {
    library: &'l Library,
    tables: Tables<'l>,
    txn: RoTxn<'l, WithoutTls>,
}

impl Reading<'_> {
    /// What is there.
    pub fn view(&self) -> View<'_> {
        View { library: self.library, tables: self.tables, txn: &self.txn }
    }
}

/// What is in a library, at one moment or within a transaction.
#[derive(Clone, Copy)]
pub struct View<'a> {
    pub(super) library: &'a Library,
    pub(super) tables: Tables<'a>,
    pub(super) txn: &'a RoTxn<'a, WithoutTls>,
}

impl<'a> View<'a> {
    /// What the library is of.
    pub fn library_info(&self) -> &'a LibraryInfo {
        &self.library.info
    }

    /// All datasets by their numbers.
    pub fn datasets(&self) -> Result<BTreeMap<u32, DatasetRecord>, LibraryError> {
        self.all(Of::Dataset)
    }

    /// The dataset of a number.
    pub fn dataset(&self, number: u32) -> Result<Option<DatasetRecord>, LibraryError> {
        self.get(&key(Of::Dataset, number))
    }

    /// All people by their numbers, those that turned out to be others among them.
    pub fn people(&self) -> Result<BTreeMap<u32, PersonRecord>, LibraryError> {
        self.all(Of::Person)
    }

    /// The template of a number.
    pub fn template(&self, number: u32) -> Result<Option<TemplateRecord>, LibraryError> {
        self.get(&key(Of::Template, number))
    }

    /// The templates of a dataset by their numbers.
    pub fn templates_of(
        &self,
        dataset: u32,
    ) -> Result<BTreeMap<u32, TemplateRecord>, LibraryError> {
        let mut found = BTreeMap::new();
        let prefix = key(Of::InDataset, dataset);
        let keys = self.tables.records.prefix_iter(self.txn, &prefix);
        for entry in keys.map_err(|e| self.failed(e))? {
            let (key, _) = entry.map_err(|e| self.failed(e))?;
            if let Some(template) = number(key)
                && let Some(record) = self.template(template)?
            {
                found.insert(template, record);
            }
        }
        Ok(found)
    }

    /// Faces that are still to go from datasets that were not there, by dataset.
    pub fn erasures(&self) -> Result<BTreeMap<u32, Erasure>, LibraryError> {
        self.all(Of::Erasure)
    }

    /// The saved tree of StreamFace's algorithm, if there is one.
    pub fn tree<T: DeserializeOwned>(&self) -> Result<Option<T>, LibraryError> {
        self.get(&key(Of::Tree, 0))
    }

    /// Number of templates.
    pub fn templates(&self) -> Result<u64, LibraryError> {
        Ok(self.counter(Counter::Alive)?.into())
    }

    /// Passes every block that holds somebody to `visit`, in the order of numbers.
    ///
    /// # Errors
    /// A damaged block, and what `visit` says.
    pub fn blocks(
        &self,
        mut visit: impl FnMut(Block<'_>) -> Result<(), LibraryError>,
    ) -> Result<(), LibraryError> {
        let dimensions = self.library.info.embeddings.dimensions;
        for entry in self.tables.blocks.iter(self.txn).map_err(|e| self.failed(e))? {
            let (key, bytes) = entry.map_err(|e| self.failed(e))?;
            let at = number(key).unwrap_or(u32::MAX);
            let block = Block::read(at, dimensions, bytes);
            visit(block.ok_or_else(|| self.library.damaged(format!("block {at} is none")))?)?;
        }
        Ok(())
    }

    /// The block with this template.
    pub fn block(&self, template: u32) -> Result<Option<Block<'a>>, LibraryError> {
        let at = template / BLOCK as u32;
        let bytes = self.tables.blocks.get(self.txn, &at.to_be_bytes());
        let Some(bytes) = bytes.map_err(|e| self.failed(e))? else { return Ok(None) };
        let block = Block::read(at, self.library.info.embeddings.dimensions, bytes);
        block.map(Some).ok_or_else(|| self.library.damaged(format!("block {at} is none")))
    }

    /// Whose a template is, and its unit vector.
    pub fn vector(&self, template: u32) -> Result<Option<(Owner, Vec<f32>)>, LibraryError> {
        let Some(block) = self.block(template)? else { return Ok(None) };
        let place = template as usize % BLOCK;
        Ok(block.owner(place).zip(block.vector(place).map(|vector| vector.to_vec())))
    }

    fn counter(&self, of: Counter) -> Result<u32, LibraryError> {
        Ok(self.get(&key(Of::Counter, of as u32))?.unwrap_or_default())
    }

    fn all<T: DeserializeOwned>(&self, of: Of) -> Result<BTreeMap<u32, T>, LibraryError> {
        let mut found = BTreeMap::new();
        let entries = self.tables.records.prefix_iter(self.txn, &[of as u8]);
        for entry in entries.map_err(|e| self.failed(e))? {
            let (key, bytes) = entry.map_err(|e| self.failed(e))?;
            if let Some(number) = number(key) {
                found.insert(number, self.decode(key, bytes)?);
            }
        }
        Ok(found)
    }

    fn get<T: DeserializeOwned>(&self, key: &[u8]) -> Result<Option<T>, LibraryError> {
        let bytes = self.tables.records.get(self.txn, key).map_err(|e| self.failed(e))?;
        bytes.map(|bytes| self.decode(key, bytes)).transpose()
    }

    fn decode<T: DeserializeOwned>(&self, key: &[u8], bytes: &[u8]) -> Result<T, LibraryError> {
        serde_json::from_slice(bytes).map_err(|error| {
            let of = key.first().map_or('?', |of| char::from(*of));
            let at = number(key).unwrap_or_default();
            self.library.damaged(format!("record {of}{at} cannot be read ({error})"))
        })
    }

    fn failed(&self, cause: heed::Error) -> LibraryError {
        LibraryError::store("read", &self.library.location, cause)
    }
}

/// A library that is being changed.
pub struct Writing<'l> {
    pub(super) library: &'l Library,
    pub(super) tables: Tables<'l>,
    pub(super) txn: RwTxn<'l>,
    /// Whether the graph has vectors without links.
    pub(super) unlinked: bool,
    _lock: File,
}

impl Writing<'_> {
    /// What is there, with what was written so far.
    pub fn view(&self) -> View<'_> {
        View { library: self.library, tables: self.tables, txn: &self.txn }
    }

    /// Keeps what was written: flushed to the device when this returns.
    ///
    /// # Errors
    /// A disk that is full or cannot be written: then nothing was kept.
    pub fn commit(mut self) -> Result<(), LibraryError> {
        self.link()?;
        let location = &self.library.location;
        self.txn.commit().map_err(|cause| LibraryError::store("write", location, cause))
    }

    /// A number for a new dataset.
    pub fn new_dataset(&mut self) -> Result<u32, LibraryError> {
        self.next(Counter::Datasets, 1)
    }

    /// A number for a new person.
    pub fn new_person(&mut self) -> Result<u32, LibraryError> {
        self.next(Counter::People, 1)
    }

    /// Numbers for so many new templates: the first of them.
    pub fn new_templates(&mut self, count: u32) -> Result<u32, LibraryError> {
        self.next(Counter::Templates, count)
    }

    /// Notes a dataset.
    pub fn put_dataset(&mut self, number: u32, record: &DatasetRecord) -> Result<(), LibraryError> {
        self.put(&key(Of::Dataset, number), record)
    }

    /// Notes a person.
    pub fn put_person(&mut self, number: u32, record: &PersonRecord) -> Result<(), LibraryError> {
        self.put(&key(Of::Person, number), record)
    }

    /// Removes a person.
    pub fn remove_person(&mut self, number: u32) -> Result<(), LibraryError> {
        self.delete(&key(Of::Person, number)).map(drop)
    }

    /// Removes a dataset; its templates go one by one.
    pub fn remove_dataset(&mut self, number: u32) -> Result<(), LibraryError> {
        self.delete(&key(Of::Dataset, number)).map(drop)
    }

    /// Notes faces that are to go from a dataset when it is there again; none removes the note.
    pub fn put_erasure(&mut self, dataset: u32, erasure: &Erasure) -> Result<(), LibraryError> {
        let key = key(Of::Erasure, dataset);
        if erasure.tracks.is_empty() {
            self.delete(&key).map(drop)
        } else {
            self.put(&key, erasure)
        }
    }

    /// Saves the tree of StreamFace's algorithm.
    pub fn put_tree<T: Serialize>(&mut self, tree: &T) -> Result<(), LibraryError> {
        self.put(&key(Of::Tree, 0), tree)
    }

    /// Notes templates with their unit vectors, new ones or such that are there.
    ///
    /// # Errors
    /// A vector of another length than the library's.
    pub fn put_templates(
        &mut self,
        templates: &[(u32, TemplateRecord, Vec<f32>)],
    ) -> Result<(), LibraryError> {
        let dimensions = self.library.info.embeddings.dimensions;
        let mut by_block: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        let mut new = 0;
        for (index, (id, record, vector)) in templates.iter().enumerate() {
            if vector.len() != dimensions {
                return Err(LibraryError::Length {
                    location: self.library.location.clone(),
                    given: vector.len(),
                    held: dimensions,
                });
            }
            let known = self.view().template(*id)?;
            if let Some(known) = known.as_ref().filter(|known| known.dataset != record.dataset) {
                self.delete(&in_dataset(known.dataset, *id))?;
            }
            new += u32::from(known.is_none());
            self.put(&key(Of::Template, *id), record)?;
            self.put_bytes(&in_dataset(record.dataset, *id), &[])?;
            by_block.entry(*id / BLOCK as u32).or_default().push(index);
        }
        for (at, members) in by_block {
            self.change(at, |bytes| {
                for (id, record, vector) in members.iter().filter_map(|index| templates.get(*index))
                {
                    blocks::put(bytes, *id as usize % BLOCK, &record.owner(), vector);
                }
            })?;
        }
        self.next(Counter::Alive, new)?;
        self.put_in_graph(templates.iter().map(|(id, _, vector)| (*id, vector.as_slice())))
    }

    /// Notes other owners of templates whose vectors stay.
    pub fn put_records(
        &mut self,
        records: &BTreeMap<u32, TemplateRecord>,
    ) -> Result<(), LibraryError> {
        let mut by_block: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (id, record) in records {
            self.put(&key(Of::Template, *id), record)?;
            by_block.entry(*id / BLOCK as u32).or_default().push(*id);
        }
        for (at, members) in by_block {
            self.change(at, |bytes| {
                for id in &members {
                    if let Some(record) = records.get(id) {
                        blocks::put_owner(bytes, *id as usize % BLOCK, &record.owner());
                    }
                }
            })?;
        }
        Ok(())
    }

    /// Removes templates and their vectors.
    pub fn remove_templates(&mut self, templates: &[u32]) -> Result<(), LibraryError> {
        let dimensions = self.library.info.embeddings.dimensions;
        let mut by_block: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        let mut gone = 0;
        for id in templates {
            let Some(record) = self.view().template(*id)? else { continue };
            self.delete(&key(Of::Template, *id))?;
            self.delete(&in_dataset(record.dataset, *id))?;
            by_block.entry(*id / BLOCK as u32).or_default().push(*id);
            gone += 1;
        }
        for (at, members) in by_block {
            self.change(at, |bytes| {
                members
                    .iter()
                    .for_each(|id| blocks::clear(bytes, *id as usize % BLOCK, dimensions));
            })?;
            let block = self.view().block(at * BLOCK as u32)?;
            if block.is_some_and(|block| block.owners().next().is_none()) {
                let deleted = self.tables.blocks.delete(&mut self.txn, &at.to_be_bytes());
                deleted.map_err(|e| self.failed(e))?;
            }
        }
        let alive = self.view().counter(Counter::Alive)?.saturating_sub(gone);
        self.put(&key(Of::Counter, Counter::Alive as u32), &alive)?;
        self.remove_from_graph(templates)
    }

    /// Changes the bytes of a block.
    fn change(&mut self, at: u32, change: impl FnOnce(&mut [u8])) -> Result<(), LibraryError> {
        let key = at.to_be_bytes();
        let held = self.tables.blocks.get(&self.txn, &key).map_err(|e| self.failed(e))?;
        let dimensions = self.library.info.embeddings.dimensions;
        let mut bytes = held.map_or_else(|| blocks::empty(dimensions), <[u8]>::to_vec);
        if Block::read(at, dimensions, &bytes).is_none()
            && held.is_some_and(|held| held.len() != blocks::empty(dimensions).len())
        {
            return Err(self.library.damaged(format!("block {at} is none")));
        }
        change(&mut bytes);
        let put = self.tables.blocks.put(&mut self.txn, &key, &bytes);
        put.map_err(|e| self.failed(e))
    }

    fn next(&mut self, of: Counter, count: u32) -> Result<u32, LibraryError> {
        let first = self.view().counter(of)?;
        let next = first.checked_add(count).filter(|next| *next < u32::MAX);
        let next = next.ok_or_else(|| self.library.damaged("no number is left".into()))?;
        self.put(&key(Of::Counter, of as u32), &next)?;
        Ok(first)
    }

    fn put<T: Serialize>(&mut self, key: &[u8], value: &T) -> Result<(), LibraryError> {
        let bytes = serde_json::to_vec(value);
        let bytes =
            bytes.map_err(|e| self.library.damaged(format!("a record cannot be written ({e})")))?;
        self.put_bytes(key, &bytes)
    }

    fn put_bytes(&mut self, key: &[u8], bytes: &[u8]) -> Result<(), LibraryError> {
        let put = self.tables.records.put(&mut self.txn, key, bytes);
        put.map_err(|e| self.failed(e))
    }

    fn delete(&mut self, key: &[u8]) -> Result<bool, LibraryError> {
        let deleted = self.tables.records.delete(&mut self.txn, key);
        deleted.map_err(|e| self.failed(e))
    }

    fn failed(&self, cause: heed::Error) -> LibraryError {
        LibraryError::store("write", &self.library.location, cause)
    }
}

fn in_dataset(dataset: u32, template: u32) -> [u8; 9] {
    let mut bytes = [0; 9];
    bytes[..5].copy_from_slice(&key(Of::InDataset, dataset));
    bytes[5..].copy_from_slice(&template.to_be_bytes());
    bytes
}
