// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the classes of the elements have in common, to be written once: items of their `impl` blocks, and the second
//! class that bears the plain name. The element's own class keeps its `state` in a mutex, with `processing:
//! ProcessingTime`, and with `lateness: Lateness` where frames may come late.

/// `fn metadata` of `ElementImpl`: the element's name, class and what it does.
#[macro_export]
macro_rules! element_metadata {
    ($name:literal, $class:literal, $does:literal) => {
        fn metadata() -> Option<&'static gst::subclass::ElementMetadata> {
            static METADATA: std::sync::LazyLock<gst::subclass::ElementMetadata> =
                std::sync::LazyLock::new(|| {
                    let author = "The facegroup developers";
                    gst::subclass::ElementMetadata::new($name, $class, $does, author)
                });
            Some(&*METADATA)
        }
    };
}

/// `fn properties` of `ObjectImpl`: those that a function makes.
#[macro_export]
macro_rules! element_properties {
    ($specs:path) => {
        fn properties() -> &'static [glib::ParamSpec] {
            static PROPERTIES: std::sync::LazyLock<Vec<glib::ParamSpec>> =
                std::sync::LazyLock::new($specs);
            PROPERTIES.as_ref()
        }
    };
}

/// The constants of `BaseTransformImpl` for an element that works on its frames in place, all of them.
#[macro_export]
macro_rules! transforms_in_place {
    () => {
        const MODE: gst_base::subclass::BaseTransformMode =
            gst_base::subclass::BaseTransformMode::AlwaysInPlace;
        const PASSTHROUGH_ON_SAME_CAPS: bool = false;
        const TRANSFORM_IP_ON_PASSTHROUGH: bool = false;
    };
}

/// `fn constructed` of `ObjectImpl`: else the base class takes the gap flag off the frames that bear it.
#[macro_export]
macro_rules! keeps_gaps {
    () => {
        fn constructed(&self) {
            self.parent_constructed();
            self.obj().set_gap_aware(true);
        }
    };
}

/// `fn query` of `BaseTransformImpl`: latency queries are answered with the time that work takes. A function that is
/// named is called before, with the direction and the query.
#[macro_export]
macro_rules! answers_latency {
    ($($before:ident)?) => {
        fn query(&self, direction: gst::PadDirection, query: &mut gst::QueryRef) -> bool {
            $(self.$before(direction, query);)?
            let answered = BaseTransformImplExt::parent_query(self, direction, query);
            if let (true, gst::QueryViewMut::Latency(latency)) = (answered, query.view_mut()) {
                self.state.lock().unwrap().processing.answer(latency);
            }
            answered
        }
    };
}

/// `fn propose_allocation` of `BaseTransformImpl`: planes may lie anywhere.
#[macro_export]
macro_rules! takes_any_planes {
    () => {
        fn propose_allocation(
            &self,
            decide_query: Option<&gst::query::Allocation>,
            query: &mut gst::query::Allocation,
        ) -> Result<(), gst::LoggableError> {
            query.add_allocation_meta::<gst_video::VideoMeta>(None);
            self.parent_propose_allocation(decide_query, query)
        }
    };
}

/// `fn src_event` of `BaseTransformImpl`: what downstream says of late frames is noted.
#[macro_export]
macro_rules! notes_lateness {
    () => {
        fn src_event(&self, event: gst::Event) -> bool {
            self.state.lock().unwrap().lateness.event(&event);
            self.parent_src_event(event)
        }
    };
}

/// The same element under its plain name: a type can carry the name of one factory only. Behind the names stand the
/// trait of the base class and what it asks of every class.
#[macro_export]
macro_rules! plain_name {
    ($plain:ident, $name:literal, $element:ident $(, $base:ident { $($item:tt)* })?) => {
        /// The same element under its plain name: a type can carry the name of one factory only.
        #[derive(Default)]
        pub struct $plain;

        #[glib::object_subclass]
        impl ObjectSubclass for $plain {
            const NAME: &'static str = $name;
            type Type = super::$plain;
            type ParentType = super::$element;
        }

        impl ObjectImpl for $plain {}
        impl GstObjectImpl for $plain {}
        impl ElementImpl for $plain {}
        $(impl $base for $plain { $($item)* })?
    };
}
