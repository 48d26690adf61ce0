//! The keys that settings may have, asked of the types themselves.
//!
//! `serde` tells the names of a struct's fields to whoever deserialises it. A
//! probe walks down a path of keys, notes the names it is told there, and
//! gives up; so no list of keys has to be kept beside the types.

use std::cell::RefCell;
use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, Visitor};

/// The keys of the table at `path` in `T`, or `None` where there is no table
/// of known keys.
pub(crate) fn at<T: DeserializeOwned>(path: &[&str]) -> Option<&'static [&'static str]> {
    let found = RefCell::new(None);
    let _gave_up = T::deserialize(Probe { path, found: &found });
    found.into_inner()
}

/// All paths of keys in `T`, tables before what they hold.
#[cfg(test)]
pub(crate) fn all<T: DeserializeOwned>() -> Vec<Vec<&'static str>> {
    fn below<T: DeserializeOwned>(path: &[&'static str], into: &mut Vec<Vec<&'static str>>) {
        for key in at::<T>(path).unwrap_or_default() {
            let mut longer = path.to_vec();
            longer.push(key);
            into.push(longer.clone());
            below::<T>(&longer, into);
        }
    }
    let mut paths = Vec::new();
    below::<T>(&[], &mut paths);
    paths
}

#[derive(Clone, Copy)]
struct Probe<'a> {
    path: &'a [&'a str],
    found: &'a RefCell<Option<&'static [&'static str]>>,
}

#[derive(Debug)]
struct GaveUp;

impl fmt::Display for GaveUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("only asking for the keys")
    }
}

impl std::error::Error for GaveUp {}

impl serde::de::Error for GaveUp {
    fn custom<T: fmt::Display>(_: T) -> GaveUp {
        GaveUp
    }
}

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = GaveUp;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, GaveUp> {
        Err(GaveUp)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, GaveUp> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, GaveUp> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, GaveUp> {
        match self.path.split_first() {
            None => {
                *self.found.borrow_mut() = Some(fields);
                Err(GaveUp)
            }
            Some((key, path)) if fields.contains(key) => {
                visitor.visit_map(One { key, value: Probe { path, found: self.found } })
            }
            Some(_) => Err(GaveUp),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// A table with one key.
struct One<'a> {
    key: &'a str,
    value: Probe<'a>,
}

impl<'de> MapAccess<'de> for One<'_> {
    type Error = GaveUp;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, GaveUp> {
        seed.deserialize(StrDeserializer::new(self.key)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, GaveUp> {
        seed.deserialize(self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    #[allow(dead_code)]
    struct Outer {
        name: String,
        inner: Option<Inner>,
    }

    #[derive(serde::Deserialize)]
    #[allow(dead_code)]
    struct Inner {
        size: u64,
    }

    #[test]
    fn the_types_tell_their_keys() {
        assert_eq!(at::<Outer>(&[]), Some(&["name", "inner"][..]));
        assert_eq!(at::<Outer>(&["inner"]), Some(&["size"][..]));
        assert_eq!(at::<Outer>(&["name"]), None);
        assert_eq!(at::<Outer>(&["other"]), None);
        assert_eq!(all::<Outer>(), [vec!["name"], vec!["inner"], vec!["inner", "size"]]);
    }
}
