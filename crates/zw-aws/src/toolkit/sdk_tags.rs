//! Tags as the SDK has them: a type of its own in every service.

use std::collections::HashMap;

use zw_lang::Value;
use zw_provider::OpResult;

use super::{TagChange, Tags};

/// The tag of a service.
pub(crate) trait SdkTag: Sized {
    /// A tag as the service takes it.
    fn tag(key: String, value: String) -> OpResult<Self>;

    /// Key and value, if it has a key.
    fn pair(&self) -> Option<(String, String)>;
}

/// What a builder of the SDK gives: a thing, or that it lacks something. Some services declare what tags need.
pub(crate) trait Built<T> {
    /// The thing.
    fn built(self) -> OpResult<T>;
}

/// Has a type of the SDK used as tag; key and value may have other names.
macro_rules! sdk_tag {
    ($tag:ty) => {
        crate::toolkit::sdk_tag!($tag, key, value);
    };
    ($tag:ty, $key:ident, $value:ident) => {
        impl crate::toolkit::Built<$tag> for $tag {
            fn built(self) -> zw_provider::OpResult<$tag> {
                Ok(self)
            }
        }

        impl crate::toolkit::Built<$tag>
            for Result<$tag, aws_smithy_types::error::operation::BuildError>
        {
            fn built(self) -> zw_provider::OpResult<$tag> {
                crate::toolkit::Complete::complete(self)
            }
        }

        impl crate::toolkit::SdkTag for $tag {
            fn tag(key: String, value: String) -> zw_provider::OpResult<Self> {
                crate::toolkit::Built::built(<$tag>::builder().$key(key).$value(value).build())
            }

            #[allow(clippy::useless_conversion, reason = "it is of use where they are declared")]
            fn pair(&self) -> Option<(String, String)> {
                let value = Option::<&str>::from(self.$value()).unwrap_or_default();
                Some((Option::<&str>::from(self.$key())?.to_owned(), value.to_owned()))
            }
        }
    };
}
pub(crate) use sdk_tag;

/// Keys and values of tags.
pub(crate) fn pairs<T: SdkTag>(tags: &[T]) -> impl Iterator<Item = (String, String)> {
    tags.iter().filter_map(T::pair)
}

/// Keys and values of tags that are a map.
pub(crate) fn map_pairs(
    tags: Option<&HashMap<String, String>>,
) -> impl Iterator<Item = (String, String)> {
    tags.into_iter().flatten().map(|(key, value)| (key.clone(), value.clone()))
}

impl Tags {
    /// The tags of a new object; `None` if there are none.
    pub(crate) fn of_new<T: SdkTag>(&self, planned: &Value) -> OpResult<Option<Vec<T>>> {
        listed(self.wanted(planned))
    }

    /// The same for services whose tags are a map.
    pub(crate) fn map_of_new(&self, planned: &Value) -> Option<HashMap<String, String>> {
        Some(self.wanted(planned).into_iter().collect())
            .filter(|tags: &HashMap<_, _>| !tags.is_empty())
    }
}

impl TagChange {
    /// Whether nothing changes.
    pub(crate) fn is_empty(&self) -> bool {
        self.removed.is_empty() && self.set.is_empty()
    }

    /// Keys to remove; `None` if there are none.
    pub(crate) fn removed(&self) -> Option<Vec<String>> {
        Some(self.removed.clone()).filter(|keys| !keys.is_empty())
    }

    /// Tags to set; `None` if there are none.
    pub(crate) fn set<T: SdkTag>(&self) -> OpResult<Option<Vec<T>>> {
        listed(self.set.iter().cloned())
    }

    /// The same for services whose tags are a map.
    pub(crate) fn set_map(&self) -> Option<HashMap<String, String>> {
        Some(self.set.iter().cloned().collect()).filter(|tags: &HashMap<_, _>| !tags.is_empty())
    }
}

fn listed<T: SdkTag>(
    pairs: impl IntoIterator<Item = (String, String)>,
) -> OpResult<Option<Vec<T>>> {
    let tags: Vec<T> =
        pairs.into_iter().map(|(key, value)| T::tag(key, value)).collect::<OpResult<_>>()?;
    Ok(Some(tags).filter(|tags| !tags.is_empty()))
}
