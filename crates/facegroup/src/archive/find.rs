// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where somebody is: by pictures, or by who it is.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use dataset::is_result;
use dataset::library::{BLOCK, DatasetRecord, Library, LibraryError, Owner, TemplateRecord, View};
use grouping::matching::{Between, Link, Template, matches};
use imaging::geometry::FrameBox;
use ndarray::{ArrayView1, Axis};
use serde::Serialize;

use super::ArchiveError;
use super::add::location;
use super::list::nobody;
use super::people::Side;
use super::roster::Roster;
use super::search::{self, Hit};
use super::usual::usual;

/// Templates looked at beyond those that are wanted, since their order changes a little when they are judged.
const MORE: usize = 4;
const LEAST: usize = 64;

/// What appearances are wanted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wanted {
    /// Most appearances.
    pub top: usize,
    /// Only in videos or datasets whose names have one of these in them; all where there is none.
    pub videos: Vec<String>,
    /// Only from this second of the video on.
    pub from: Option<f64>,
    /// Only to this second of the video.
    pub to: Option<f64>,
    /// Only of this person.
    pub person: Option<String>,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Found {
    /// People, the likeliest first.
    pub people: Vec<FoundPerson>,
    /// Appearances: the most similar first, or in the order of time where nothing was compared.
    pub appearances: Vec<Appearance>,
    /// Datasets that are not where they were; their pictures cannot be shown.
    pub gone: Vec<String>,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FoundPerson {
    /// Number in the library.
    pub number: u32,
    /// Its name, else `person-NUMBER`.
    pub name: String,
    /// Estimated probability that it is who is looked for, 0 to 1; `None` where nothing was compared.
    pub likelihood: Option<f32>,
    /// Seconds on screen in all datasets.
    pub seconds: f64,
    /// Datasets that show it.
    pub datasets: usize,
}

/// A track of a video.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Appearance {
    /// What the dataset is called.
    pub dataset: String,
    /// What its records call the video.
    pub video: String,
    /// Where the video was when it was looked at.
    pub source: String,
    /// First and last second.
    pub span: [f64; 2],
    /// First and last frame.
    pub frames: [u64; 2],
    /// The person, where it is somebody's.
    pub person: Option<String>,
    /// Mean similarity of the track's faces and the pictures, -1 to 1; `None` where nothing was compared.
    pub similarity: Option<f32>,
    /// Estimated probability that they are one person, 0 to 1.
    pub likelihood: Option<f32>,
    /// The frame that shows it best.
    pub frame: u64,
    /// Where the face is there, in pixels.
    #[serde(rename = "box")]
    pub bbox: FrameBox,
    /// The picture of that face, if it is there.
    pub picture: Option<PathBuf>,
    /// Number of the template.
    pub template: u32,
}

/// Looks for somebody by vectors of pictures, all of one person.
///
/// # Errors
/// A library that cannot be read, a person or video that is not in it, vectors of another length or without any.
pub fn find(
    library: &Library,
    pictures: &[Vec<f32>],
    wanted: &Wanted,
) -> Result<Found, ArchiveError> {
    let reading = library.read()?;
    let view = reading.view();
    let dimensions = library.info().embeddings.dimensions;
    if let Some(vector) = pictures.iter().find(|vector| vector.len() != dimensions) {
        let location = library.location().to_path_buf();
        return Err(LibraryError::Length { location, given: vector.len(), held: dimensions }.into());
    }
    let rows = pictures.iter().map(|vector| (ArrayView1::from(vector), 1.0));
    let Some(asked) = Template::pool(rows) else { return Ok(Found::default()) };
    let told = Told::read(&view)?;
    let filter = told.filter(library, wanted)?;
    let hits = hits(&view, &asked, wanted, &filter)?;
    let scales = scales(&view, &asked, &hits)?;

    let mut appearances = Vec::new();
    for (hit, record) in &hits {
        let similarity = hit.cosine * record.length * asked.length;
        let faces = [pictures.len() as u32, record.faces];
        let scale = scales.get(&(record.dataset, record.video));
        let likelihood = scale.map(|scale| scale.likelihood_of(similarity, faces));
        let appearance = told.appearance(hit.template, record);
        appearances.push(Appearance { similarity: Some(similarity), likelihood, ..appearance });
    }
    appearances.sort_by(|a, b| {
        b.likelihood.partial_cmp(&a.likelihood).unwrap_or(std::cmp::Ordering::Equal)
    });
    appearances.truncate(wanted.top);
    let people: BTreeSet<u32> =
        hits.iter().filter_map(|(_, record)| record.person).map(|p| told.roster.who(p)).collect();
    let people = told.likelihoods(&view, &asked, pictures.len() as u32, &people, &scales)?;
    Ok(Found { gone: told.gone(&appearances), people, appearances })
}

/// All appearances of a person of the library, in the order of datasets and time.
///
/// # Errors
/// A library that cannot be read, a person or video that is not in it.
pub fn appearances(library: &Library, wanted: &Wanted) -> Result<Found, ArchiveError> {
    let reading = library.read()?;
    let view = reading.view();
    let told = Told::read(&view)?;
    let filter = told.filter(library, wanted)?;
    let mut found = Vec::new();
    for number in told.datasets.keys() {
        for (id, record) in view.templates_of(*number)? {
            if filter.takes(&record.owner()) {
                found.push((*number, record.video, id, record));
            }
        }
    }
    found.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(a.3.span[0].total_cmp(&b.3.span[0])));
    found.truncate(wanted.top);
    let appearances: Vec<_> =
        found.iter().map(|(_, _, id, record)| told.appearance(*id, record)).collect();
    let people: BTreeSet<u32> = filter.person.iter().copied().collect();
    let people = people.iter().map(|person| told.person(*person, None)).collect();
    Ok(Found { gone: told.gone(&appearances), people, appearances })
}

/// The nearest templates that are wanted, with their records.
fn hits(
    view: &View<'_>,
    asked: &Template,
    wanted: &Wanted,
    filter: &Filter,
) -> Result<Vec<(Hit, TemplateRecord)>, LibraryError> {
    let count = (MORE * wanted.top).max(LEAST);
    let rows = asked.direction.view().insert_axis(Axis(0));
    let mut found = match filter.takes_all() {
        true => search::nearest(view, rows, count)?,
        // Few are left as a rule: comparing with all of them is as fast, and misses none.
        false => search::exact(view, rows, count, |owner| filter.takes(owner))?,
    };
    let mut hits = Vec::new();
    for hit in found.pop().unwrap_or_default() {
        if let Some(record) = view.template(hit.template)? {
            hits.push((hit, record));
        }
    }
    Ok(hits)
}

/// The scales of the pictures and each video that was hit.
fn scales(
    view: &View<'_>,
    asked: &Template,
    hits: &[(Hit, TemplateRecord)],
) -> Result<BTreeMap<(u32, u32), Between>, LibraryError> {
    let usual = usual(&view.library_info().embeddings.model);
    let videos: BTreeSet<(u32, u32)> =
        hits.iter().map(|(_, record)| (record.dataset, record.video)).collect();
    if view.has_graph()? {
        // Comparing with whole videos would cost what the graph saves.
        return Ok(videos.into_iter().map(|video| (video, Between::usual(&usual))).collect());
    }
    let mut pairs: BTreeMap<(u32, u32), Vec<f32>> = BTreeMap::new();
    view.blocks(|block| {
        for (id, owner) in block.owners() {
            let video = (owner.dataset, owner.video);
            if let Some(vector) = block.vector(id as usize % BLOCK)
                && videos.contains(&video)
            {
                let product = vector.dot(&asked.direction) * owner.length * asked.length;
                pairs.entry(video).or_default().push(product);
            }
        }
        Ok(())
    })?;
    Ok(pairs.into_iter().map(|(video, pairs)| (video, Between::fit(&usual, pairs))).collect())
}

/// What narrows a question.
struct Filter {
    person: Option<u32>,
    /// Those that turned out to be that person are that person too.
    people: BTreeSet<u32>,
    videos: Option<BTreeSet<(u32, u32)>>,
    from: Option<f64>,
    to: Option<f64>,
}

impl Filter {
    fn takes_all(&self) -> bool {
        self.person.is_none() && self.videos.is_none() && self.from.is_none() && self.to.is_none()
    }

    fn takes(&self, owner: &Owner) -> bool {
        let [begin, end] = owner.span.map(f64::from);
        let person = || owner.person.is_some_and(|person| self.people.contains(&person));
        let videos = self.videos.as_ref();
        (self.person.is_none() || person())
            && videos.is_none_or(|videos| videos.contains(&(owner.dataset, owner.video)))
            && self.from.is_none_or(|from| end >= from)
            && self.to.is_none_or(|to| begin <= to)
    }
}

/// What answers are told with.
struct Told {
    datasets: BTreeMap<u32, DatasetRecord>,
    here: BTreeSet<u32>,
    roster: Roster,
}

impl Told {
    fn read(view: &View<'_>) -> Result<Self, LibraryError> {
        let datasets = view.datasets()?;
        let here = datasets.iter().filter(|(_, record)| is_result(&location(record)));
        let here = here.map(|(number, _)| *number).collect();
        Ok(Self { here, roster: Roster::read(view)?, datasets })
    }

    fn filter(&self, library: &Library, wanted: &Wanted) -> Result<Filter, ArchiveError> {
        let person = wanted.person.as_deref().map(|person| {
            self.roster.find(person).ok_or_else(|| nobody(library, &self.roster, person))
        });
        let person = person.transpose()?;
        let mut videos = None;
        if !wanted.videos.is_empty() {
            let mut found = BTreeSet::new();
            for (number, record) in &self.datasets {
                for (video, info) in record.videos.iter().enumerate() {
                    let fits =
                        |text: &String| info.name.contains(text) || record.name.contains(text);
                    if wanted.videos.iter().any(fits) {
                        found.insert((*number, video as u32));
                    }
                }
            }
            if found.is_empty() {
                let known = self.datasets.values().flat_map(|record| &record.videos);
                let known = known.map(|video| video.name.clone()).take(10).collect();
                let (location, name) = (library.location().to_path_buf(), wanted.videos.join(", "));
                return Err(ArchiveError::Unknown { location, what: "video", name, known });
            }
            videos = Some(found);
        }
        let mut people: BTreeSet<u32> = person.iter().copied().collect();
        people.extend(person.iter().flat_map(|person| self.roster.aliases(*person)));
        Ok(Filter { person, people, videos, from: wanted.from, to: wanted.to })
    }

    fn appearance(&self, template: u32, record: &TemplateRecord) -> Appearance {
        let dataset = self.datasets.get(&record.dataset);
        let video = dataset.and_then(|dataset| dataset.videos.get(record.video as usize));
        let root = dataset.filter(|_| self.here.contains(&record.dataset)).map(location);
        let picture =
            root.zip(record.file.as_deref()).and_then(|(root, file)| picture(&root, file));
        Appearance {
            dataset: dataset.map(|dataset| dataset.name.clone()).unwrap_or_default(),
            video: record.first.0.clone(),
            source: video.map(|video| video.path.clone()).unwrap_or_default(),
            span: record.span,
            frames: record.frames,
            person: record.person.map(|person| self.roster.display(self.roster.who(person))),
            similarity: None,
            likelihood: None,
            frame: record.best.0,
            bbox: record.bbox,
            picture,
            template,
        }
    }

    fn person(&self, person: u32, likelihood: Option<f32>) -> FoundPerson {
        let members = self.datasets.values().map(|record| {
            let own = record.members.iter().filter(|m| self.roster.who(m.person) == person);
            own.map(|member| member.seconds).fold((0, 0.0), |(n, sum), s| (n + 1, sum + s))
        });
        let (datasets, seconds) = members.fold((0, 0.0), |(count, sum), (here, seconds)| {
            (count + usize::from(here > 0), sum + seconds)
        });
        FoundPerson {
            number: person,
            name: self.roster.display(person),
            likelihood,
            seconds,
            datasets,
        }
    }

    /// How likely each of these people is, the likeliest first.
    fn likelihoods(
        &self,
        view: &View<'_>,
        asked: &Template,
        pictures: u32,
        people: &BTreeSet<u32>,
        scales: &BTreeMap<(u32, u32), Between>,
    ) -> Result<Vec<FoundPerson>, LibraryError> {
        let usual = usual(&view.library_info().embeddings.model);
        let mut sides: BTreeMap<(u32, (u32, u32)), Side> = BTreeMap::new();
        view.blocks(|block| {
            for (id, owner) in block.owners() {
                let Some(person) = owner.person.map(|person| self.roster.who(person)) else {
                    continue;
                };
                if let Some(vector) = block.vector(id as usize % BLOCK)
                    && people.contains(&person)
                {
                    let side = sides.entry((person, (owner.dataset, owner.video)));
                    let side = side.or_insert_with(|| Side::new(vector.len()));
                    side.add(vector, owner.length, owner.faces);
                }
            }
            Ok(())
        })?;
        let mut own = Side::new(asked.direction.len());
        own.add(asked.direction.view(), asked.length, pictures);
        let links: Vec<Link> = sides
            .iter()
            .map(|((person, video), side)| Link {
                group: 0,
                person: *person,
                video: *video,
                similarity: own.similarity(side),
                between: scales.get(video).copied().unwrap_or_else(|| Between::usual(&usual)),
                faces: [own.faces, side.faces],
            })
            .collect();
        let found = matches(&links).into_iter();
        Ok(found.map(|(_, found)| self.person(found.person, Some(found.likelihood))).collect())
    }

    /// Datasets of these that are not there.
    fn gone(&self, appearances: &[Appearance]) -> Vec<String> {
        let shown: BTreeSet<&str> = appearances.iter().map(|a| a.dataset.as_str()).collect();
        let gone = self.datasets.iter().filter(|(number, _)| !self.here.contains(number));
        let gone = gone.filter(|(_, record)| shown.contains(record.name.as_str()));
        gone.map(|(_, record)| record.name.clone()).collect()
    }
}

/// A picture of a dataset, also where its group has been called otherwise since.
fn picture(root: &Path, file: &str) -> Option<PathBuf> {
    let path = root.join(file);
    if path.is_file() {
        return Some(path);
    }
    let name = path.file_name()?;
    let folders = std::fs::read_dir(root.join("faces")).ok()?.flatten();
    folders.map(|folder| folder.path().join(name)).find(|path| path.is_file())
}
