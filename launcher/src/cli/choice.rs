// SPDX-License-Identifier: MIT OR Apache-2.0
//! Choices as options: what is taken and what the help says is made of the words that stand beside the values.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::error::{Error, ErrorKind};
use clap::{Arg, Command};
use imaging::choice::{Choice, Worded};

/// Takes the names of a choice.
pub fn choice<C: Choice>() -> Choices<C> {
    Choices(C::ALL)
}

/// Parses the names of values.
#[derive(Debug, Clone)]
pub struct Choices<C: 'static>(&'static [Worded<C>]);

impl<C: Choice> Choices<C> {
    fn possible(&self) -> impl Iterator<Item = PossibleValue> + use<C> {
        self.0.iter().map(|worded| {
            let value = PossibleValue::new(worded.name).aliases(worded.former);
            if worded.about.is_empty() { value } else { value.help(worded.about) }
        })
    }
}

impl<C: Choice> TypedValueParser for Choices<C> {
    type Value = C;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<C, Error> {
        let parser = PossibleValuesParser::new(self.possible());
        let name = parser.parse_ref(command, argument, value)?;
        // Never refused here: only their names come through.
        C::named(&name).ok_or_else(|| Error::new(ErrorKind::InvalidValue))
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.possible()))
    }
}
