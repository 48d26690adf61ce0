//! How templates ask for sentences and icons.

use std::borrow::Cow;
use std::fmt;

use askama::filters::HtmlSafe;
use jiff::tz::TimeZone;
use locale::{Language, date, text};
use model::Timestamp;

use crate::assets;

/// The reader's language, zone and present moment.
#[derive(Debug, Clone)]
pub(crate) struct Words {
    pub language: Language,
    pub zone: TimeZone,
    pub now: Timestamp,
}

impl Words {
    /// A sentence without variables.
    pub fn t(&self, id: &str) -> Cow<'static, str> {
        text(self.language, id, &[])
    }

    /// A sentence about a number, its variable `count`.
    pub fn n(&self, id: &str, count: impl Count) -> Cow<'static, str> {
        text(self.language, id, &[("count", count.count().into())])
    }

    /// A sentence about a thing, its variable `name`.
    pub fn s(&self, id: &str, name: impl AsRef<str>) -> Cow<'static, str> {
        text(self.language, id, &[("name", name.as_ref().into())])
    }

    /// The language tag.
    pub fn tag(&self) -> &'static str {
        self.language.tag()
    }

    /// An icon of the sprite, 20 pixels wide; decoration only.
    pub fn icon(&self, name: &'static str) -> Icon {
        Icon { name, width: 20, height: 20 }
    }

    /// An icon of another size.
    pub fn drawn(&self, name: &'static str, width: u16, height: u16) -> Icon {
        Icon { name, width, height }
    }

    /// A moment as a list shows it.
    pub fn when(&self, at: &Timestamp) -> Time {
        Time::new(self, *at, date::short(self.language, at.0, self.now.0, &self.zone))
    }

    /// A moment with its hour.
    pub fn moment(&self, at: &Timestamp) -> Time {
        Time::new(self, *at, date::short_with_hour(self.language, at.0, self.now.0, &self.zone))
    }

    /// The hour alone, under a heading that names the day.
    pub fn hour(&self, at: &Timestamp) -> Time {
        Time::new(self, *at, date::hour(at.0, &self.zone))
    }

    /// A size in bytes.
    pub fn size(&self, bytes: &u64) -> String {
        locale::size(self.language, *bytes)
    }
}

/// Whatever counts things; templates pass references.
pub(crate) trait Count {
    fn count(&self) -> u64;
}

impl Count for u64 {
    fn count(&self) -> u64 {
        *self
    }
}

impl Count for u32 {
    fn count(&self) -> u64 {
        u64::from(*self)
    }
}

impl Count for usize {
    fn count(&self) -> u64 {
        *self as u64
    }
}

impl<T: Count> Count for &T {
    fn count(&self) -> u64 {
        (**self).count()
    }
}

/// A reference into the sprite.
pub(crate) struct Icon {
    name: &'static str,
    width: u16,
    height: u16,
}

impl fmt::Display for Icon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Icon { name, width, height } = self;
        let sprite = assets::ICONS.path();
        write!(
            f,
            "<svg width=\"{width}\" height=\"{height}\" fill=\"none\" aria-hidden=\"true\">\
             <use href=\"{sprite}#{name}\"/></svg>"
        )
    }
}

impl HtmlSafe for Icon {}

/// A moment in three forms: for the eye, for the pointer that rests on it,
/// for machines. All three come from `locale` and hold no markup.
pub(crate) struct Time {
    short: String,
    full: String,
    machine: String,
}

impl Time {
    fn new(words: &Words, at: Timestamp, short: String) -> Time {
        Time {
            short,
            full: date::full(words.language, at.0, &words.zone),
            machine: date::machine(at.0, &words.zone),
        }
    }
}

impl Time {
    /// The words alone.
    pub fn short(&self) -> &str {
        &self.short
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.machine.is_empty() {
            return Ok(());
        }
        let Time { short, full, machine } = self;
        write!(f, "<time datetime=\"{machine}\" title=\"{full}\">{short}</time>")
    }
}

impl HtmlSafe for Time {}
