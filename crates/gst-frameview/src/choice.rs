// SPDX-License-Identifier: MIT OR Apache-2.0
//! Choices as properties: GObject's type of one is made of the words that stand beside the values.
//!
//! `glib::Enum` takes names and nicks as literals only and so cannot be derived from these.

use std::ffi::CString;
use std::ptr;
use std::sync::{Mutex, PoisonError};

use glib::gobject_ffi::{GEnumValue, g_enum_register_static};
use glib::prelude::*;
use glib::translate::{FromGlib, IntoGlib, from_glib};
use gst::glib;
use imaging::choice::Choice;

/// A choice under the name that GObject knows its type by. The values count from 0 as they are listed.
pub trait EnumType: 'static {
    /// The values.
    type Choice: Choice;
    /// Letters and digits, unique in the process.
    const NAME: &'static str;

    /// The value as one of a property.
    fn value(choice: Self::Choice) -> glib::Value {
        let class = glib::EnumClass::with_type(registered::<Self>());
        let value = class.and_then(|class| class.to_value(number(choice)));
        // Never: all values are registered.
        value.unwrap_or_else(|| number(choice).to_value())
    }

    /// Begins the description of a property with this default.
    fn spec(
        name: &str,
        default: Self::Choice,
    ) -> glib::ParamSpecEnumBuilder<'_, EnumDefault<Self>> {
        glib::ParamSpecEnum::builder_with_default(name, EnumDefault(default))
    }

    /// The choice that a property's value is; `None` for a value of another type.
    fn choice(value: &glib::Value) -> Option<Self::Choice> {
        let (class, value) = glib::EnumValue::from_value(value)?;
        (class.type_() == registered::<Self>()).then(|| Self::Choice::named(value.nick()))?
    }
}

/// A property's default, as what glib describes properties with wants it.
pub struct EnumDefault<E: EnumType + ?Sized>(E::Choice);

impl<E: EnumType + ?Sized> StaticType for EnumDefault<E> {
    fn static_type() -> glib::Type {
        registered::<E>()
    }
}

impl<E: EnumType + ?Sized> IntoGlib for EnumDefault<E> {
    type GlibType = i32;

    fn into_glib(self) -> i32 {
        number(self.0)
    }
}

impl<E: EnumType + ?Sized> FromGlib<i32> for EnumDefault<E> {
    unsafe fn from_glib(value: i32) -> Self {
        let all = E::Choice::ALL;
        let index = usize::try_from(value).unwrap_or_default();
        Self(all.get(index).unwrap_or(&all[0]).value)
    }
}

fn number<C: Choice>(choice: C) -> i32 {
    let index = C::ALL.iter().position(|worded| worded.value == choice);
    index.and_then(|index| i32::try_from(index).ok()).unwrap_or_default()
}

/// GObject's type, which the first caller makes.
fn registered<E: EnumType + ?Sized>() -> glib::Type {
    static REGISTERING: Mutex<()> = Mutex::new(());
    let _one = REGISTERING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(there) = glib::Type::from_name(E::NAME) {
        return there;
    }
    let leaked = |text: &str| CString::new(text).unwrap_or_default().into_raw().cast_const();
    let values = (0..).zip(E::Choice::ALL).map(|(value, worded)| GEnumValue {
        value,
        value_name: leaked(worded.label),
        value_nick: leaked(worded.name),
    });
    let end = GEnumValue { value: 0, value_name: ptr::null(), value_nick: ptr::null() };
    let values: &'static [GEnumValue] = values.chain([end]).collect::<Vec<_>>().leak();
    // SAFETY: the name ends in a null; the values end in one of nulls and, with their words, are never freed.
    unsafe { from_glib(g_enum_register_static(leaked(E::NAME), values.as_ptr())) }
}
