// SPDX-License-Identifier: MIT OR Apache-2.0
//! Many datasets together: a library, and the people that run through them.
//!
//! | what | file |
//! |---|---|
//! | a dataset is added, or read again after it changed | [`add`](add()) |
//! | who of it is who of the others | `people.rs`, [`grouping::matching`] |
//! | names flow from one dataset to the others | `names.rs` |
//! | where somebody is | [`find`](find()), `search.rs` |
//! | somebody goes, everywhere | [`forget`](forget()) |
//! | what is there, what is out of date, what is broken | [`list`](list()), [`check`](check()) |

mod add;
mod check;
mod error;
mod find;
mod forget;
mod list;
mod names;
mod people;
mod remove;
mod roster;
mod search;
mod snapshot;
mod usual;
mod votes;

pub use add::{Added, Joined, add, open_for};
pub use check::{Checked, check, mend};
pub use error::ArchiveError;
pub use find::{Appearance, Found, FoundPerson, Wanted, appearances, find};
pub use forget::{Forgotten, forget};
pub use list::{Listed, ListedDataset, ListedPerson, Reason, changed, in_words, list, who};
pub use names::{Renamed, name};
pub use remove::remove;
pub use search::{Hit, exact, nearest};

/// Seconds since 1970.
fn now() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.unwrap_or_default().as_secs()
}
