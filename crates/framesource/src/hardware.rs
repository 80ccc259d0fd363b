// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which decoders GStreamer may plug: those of graphics cards where they work, and none but those
//! where that is asked for.
//!
//! GStreamer plugs by rank, and the ranks say nothing of this machine: Debian 12 gives VA decoders
//! none at all, others have one without a device. So every decoder of a family is opened once, and
//! its rank follows from that.
//!
//! Nothing is scaled on the device: crops and chips are cut out of the full picture, and the
//! elements fetch frames from the device only where they look at them.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use gst::prelude::*;
use imaging::choice::{Choice, Worded};

/// Above every decoder whose rank GStreamer sets itself.
const PREFERRED: i32 = 512;

/// What decodes the video.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Decoder {
    /// Hardware where it works, else software.
    #[default]
    Auto,
    /// Software only.
    Software,
    /// Hardware of Intel and AMD by way of VA-API, or an error.
    Va,
    /// Hardware of NVIDIA, or an error.
    Nv,
}

impl Choice for Decoder {
    const ALL: &'static [Worded<Self>] = &[
        Worded::new(Self::Auto, "auto", "Hardware where it works, else software"),
        Worded::new(Self::Software, "software", "Software only"),
        Worded::new(Self::Va, "va", "Hardware of Intel and AMD by way of VA-API, or an error"),
        Worded::new(Self::Nv, "nv", "Hardware of NVIDIA, or an error"),
    ];
}

/// Who makes the decoding hardware.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    /// `nvh264dec` and its like, of the plugin nvcodec.
    Nv,
    /// `vah264dec` and its like, of the plugin va.
    Va,
    /// `vaapih264dec` and its like, of GStreamer's older plugin: taken where there is nothing newer.
    Vaapi,
    /// V4L2, Quick Sync and the rest: neither raised nor asked for.
    Other,
}

impl Family {
    /// `None` for a decoder in software.
    fn of(factory: &gst::ElementFactory) -> Option<Self> {
        let name = factory.name();
        let class = factory.metadata("klass").unwrap_or_default();
        match name.as_str() {
            // Its frames are in a memory of Jetson boards that nobody but their elements reads.
            "nvv4l2decoder" => Some(Self::Other),
            name if name.starts_with("nv") => Some(Self::Nv),
            name if name.starts_with("vaapi") => Some(Self::Vaapi),
            name if name.starts_with("va") => Some(Self::Va),
            _ => class.contains("Hardware").then_some(Self::Other),
        }
    }

    fn is_asked_for(self, wanted: Decoder) -> bool {
        match wanted {
            Decoder::Auto => self != Self::Other,
            Decoder::Software => false,
            Decoder::Va => matches!(self, Self::Va | Self::Vaapi),
            Decoder::Nv => self == Self::Nv,
        }
    }

    fn rank(self) -> gst::Rank {
        gst::Rank::from(PREFERRED - i32::from(self == Self::Vaapi))
    }
}

/// Why the decoders asked for cannot be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecoderError {
    /// GStreamer knows none of them.
    Missing(Decoder),
    /// None could be opened: their names, and what the first said.
    Closed {
        /// What was asked for.
        wanted: Decoder,
        /// The decoders that were tried.
        tried: Vec<String>,
        /// The first one's reason.
        why: String,
    },
}

impl DecoderError {
    fn wanted(&self) -> Decoder {
        match self {
            Self::Missing(wanted) | Self::Closed { wanted, .. } => *wanted,
        }
    }

    /// What is wrong and what helps, without the option that asked.
    pub fn why(&self) -> String {
        let what = match self {
            Self::Missing(_) => "GStreamer has no such decoder here".to_owned(),
            Self::Closed { tried, why, .. } => {
                format!("none of {} could be opened ({why})", tried.join(", "))
            }
        };
        format!("{what}; {}", remedy(self.wanted()))
    }
}

impl fmt::Display for DecoderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "--decoder {}: {}, or take --decoder auto", self.wanted().name(), self.why())
    }
}

impl std::error::Error for DecoderError {}

fn remedy(wanted: Decoder) -> &'static str {
    match wanted {
        Decoder::Nv => {
            "nvh264dec and its like need gstreamer1.0-plugins-bad, NVIDIA's driver with \
             libnvcuvid and a card that `nvidia-smi` lists"
        }
        _ => {
            "vah264dec and its like need gstreamer1.0-plugins-bad, a VA driver (intel-media-va-driver, \
             mesa-va-drivers) and access to /dev/dri, which `vainfo` shows"
        }
    }
}

/// The decoders that may be plugged.
#[derive(Debug, Clone, Default)]
pub struct Decoders {
    wanted: Decoder,
    hardware: Vec<gst::ElementFactory>,
    opened: Vec<String>,
    /// Jobs that do without hardware now, and the ranks to be set when the last is done.
    without: Arc<Mutex<(usize, Vec<gst::Rank>)>>,
}

impl Decoders {
    /// Sets the ranks of this process so that what is wanted is plugged.
    ///
    /// # Errors
    /// When `va` or `nv` is wanted and none of its decoders can be opened.
    pub fn choose(wanted: Decoder) -> Result<Self, DecoderError> {
        let (mut hardware, mut tried, mut opened) = (Vec::new(), Vec::new(), Vec::new());
        let mut why = None;
        for (family, factory) in known() {
            if family.is_asked_for(wanted) {
                tried.push(factory.name().to_string());
                match open(&factory) {
                    Ok(()) => {
                        opened.push(factory.name().to_string());
                        factory.set_rank(family.rank());
                    }
                    Err(error) => {
                        tracing::debug!("{}: {error}", factory.name());
                        factory.set_rank(gst::Rank::NONE);
                        why.get_or_insert(error);
                    }
                }
            } else if wanted != Decoder::Auto {
                factory.set_rank(gst::Rank::NONE);
            }
            hardware.push(factory);
        }
        if matches!(wanted, Decoder::Va | Decoder::Nv) && opened.is_empty() {
            return Err(match why {
                Some(why) => DecoderError::Closed { wanted, tried, why },
                None => DecoderError::Missing(wanted),
            });
        }
        Ok(Self { wanted, hardware, opened, without: Arc::default() })
    }

    /// The decoders of hardware that opened.
    pub fn opened(&self) -> &[String] {
        &self.opened
    }

    /// Whether a decoder is of those asked for; why not, where it is not. Codecs that hardware does not
    /// know are left to software only where the choice is ours.
    pub fn check(&self, decoder: &gst::ElementFactory) -> Result<(), String> {
        let family = Family::of(decoder);
        let is_asked_for = match self.wanted {
            Decoder::Auto => true,
            Decoder::Software => family.is_none(),
            Decoder::Va | Decoder::Nv => family.is_some_and(|f| f.is_asked_for(self.wanted)),
        };
        if is_asked_for {
            return Ok(());
        }
        let (wanted, plugged) = (self.wanted.name(), decoder.name());
        Err(format!(
            "--decoder {wanted}: only {plugged} decodes this here; take --decoder auto for it"
        ))
    }

    /// Whether another try in software may help.
    pub fn may_fall_back(&self, decoder: &str) -> bool {
        self.wanted == Decoder::Auto && self.is_hardware(decoder)
    }

    /// Whether a decoder of that name is one of hardware.
    pub fn is_hardware(&self, decoder: &str) -> bool {
        self.hardware.iter().any(|factory| factory.name() == decoder)
    }

    /// Does something while no decoder of hardware is plugged, by any other job of this process either.
    pub fn without_hardware<T>(&self, job: impl FnOnce() -> T) -> T {
        let lock = || self.without.lock().unwrap_or_else(PoisonError::into_inner);
        {
            let (jobs, ranks) = &mut *lock();
            if *jobs == 0 {
                *ranks = self.hardware.iter().map(|factory| factory.rank()).collect();
                self.hardware.iter().for_each(|factory| factory.set_rank(gst::Rank::NONE));
            }
            *jobs += 1;
        }
        let done = job();
        let (jobs, ranks) = &mut *lock();
        *jobs -= 1;
        if *jobs == 0 {
            self.hardware.iter().zip(ranks).for_each(|(factory, rank)| factory.set_rank(*rank));
        }
        done
    }
}

/// All decoders of hardware, whatever their rank.
fn known() -> impl Iterator<Item = (Family, gst::ElementFactory)> {
    let media = gst::ElementFactoryType::MEDIA_VIDEO | gst::ElementFactoryType::MEDIA_IMAGE;
    let kind = gst::ElementFactoryType::DECODER | media;
    gst::ElementFactory::factories_with_type(kind, gst::Rank::NONE)
        .into_iter()
        .filter_map(|factory| Some((Family::of(&factory)?, factory)))
}

/// Opens a decoder's device and closes it again.
fn open(factory: &gst::ElementFactory) -> Result<(), String> {
    let element = factory.create().build().map_err(|error| error.to_string())?;
    let bus = gst::Bus::new();
    element.set_bus(Some(&bus));
    let opened = element.set_state(gst::State::Ready);
    // Only closing; what is wrong was seen before.
    let _ = element.set_state(gst::State::Null);
    element.set_bus(None);
    let said = bus.pop_filtered(&[gst::MessageType::Error]).and_then(|m| match m.view() {
        gst::MessageView::Error(error) => Some(error.error().message().to_owned()),
        _ => None,
    });
    opened.map(drop).map_err(|error| said.unwrap_or_else(|| error.to_string()))
}

#[cfg(test)]
#[path = "hardware/tests.rs"]
mod tests;
