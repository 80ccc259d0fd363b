// SPDX-License-Identifier: MIT OR Apache-2.0
//! Settings that are one of a few values: their names and words stand beside the values, once, and the command line
//! as well as the elements' properties are made of them.

/// A setting that is one of a few values.
///
/// ```
/// use imaging::HashKind;
/// use imaging::choice::Choice;
///
/// assert_eq!(HashKind::DoubleGradient.name(), "double-gradient");
/// assert_eq!(HashKind::named("median"), Some(HashKind::Median));
/// assert_eq!(HashKind::named("mean"), None);
/// ```
pub trait Choice: Copy + PartialEq + Send + Sync + 'static {
    /// All values, in the order in which they are listed.
    const ALL: &'static [Worded<Self>];

    /// What a user calls this value.
    fn name(self) -> &'static str {
        Self::ALL.iter().find(|worded| worded.value == self).map_or("", |worded| worded.name)
    }

    /// The value that a user calls so.
    fn named(name: &str) -> Option<Self> {
        let is_meant = |worded: &&Worded<Self>| worded.name == name || worded.former == Some(name);
        Self::ALL.iter().find(is_meant).map(|worded| worded.value)
    }
}

/// A value, and what users read of it.
#[derive(Debug, Clone, Copy)]
pub struct Worded<T> {
    /// The value.
    pub value: T,
    /// What it is called: lower case, words with hyphens between.
    pub name: &'static str,
    /// What it means, as the help of the command line has it.
    pub about: &'static str,
    /// The same as the list of a property's values has it.
    pub label: &'static str,
    /// What it was called in earlier versions, which is still understood.
    pub former: Option<&'static str>,
}

impl<T> Worded<T> {
    /// A value whose property, if there is one, says the same as the command line.
    pub const fn new(value: T, name: &'static str, about: &'static str) -> Self {
        Self { value, name, about, label: about, former: None }
    }

    /// The same value where there may be none.
    #[must_use]
    pub const fn optional(self) -> Worded<Option<T>>
    where
        T: Copy,
    {
        let Self { value, name, about, label, former } = self;
        Worded { value: Some(value), name, about, label, former }
    }

    /// The same value, which was called otherwise.
    #[must_use]
    pub const fn formerly(self, former: &'static str) -> Self
    where
        T: Copy,
    {
        Self { former: Some(former), ..self }
    }

    /// The same value with these words in the list of a property's values.
    #[must_use]
    pub const fn labelled(self, label: &'static str) -> Self
    where
        T: Copy,
    {
        Self { label, ..self }
    }
}
