//! What data sources that search have in common: the block `filter`, and tags.

use zw_lang::Type;
use zw_provider::schema::{Attribute, Block, NestedBlock, Nesting};

use crate::toolkit::{optional_computed, required, set_of_strings, timeouts_block};

/// The blocks `filter` and `timeouts`.
pub(super) fn filter_blocks() -> [NestedBlock; 2] {
    let attributes = [
        required("name", Type::String, "The name of a filter of the API."),
        required("values", set_of_strings(), "What it may be; `*` stands for any text."),
    ];
    let filter = NestedBlock::new("filter", Nesting::Set, Block::new(attributes, []));
    [filter.describe("What must hold of it, as the API has it."), timeouts_block(&["read"])]
}

/// `tags`: what to look for, and what was found.
pub(super) fn tags() -> Attribute {
    optional_computed("tags", Type::map(Type::String), "Tags that it must have.")
}

#[cfg(feature = "ec2")]
pub(super) mod live {
    use aws_sdk_ec2::types::{Filter, Tag};
    use zw_lang::{Type, Value};
    use zw_provider::{OpError, OpErrorKind, OpResult, View};

    use crate::ec2::live::{filter, pairs};
    use crate::toolkit::{AwsClients, Given};

    /// The filters of a configuration: blocks, tags, and those attributes that stand for one.
    pub(in crate::ec2) fn filters(
        config: View<'_>,
        attributes: &[(&'static str, &'static str)],
    ) -> Option<Vec<Filter>> {
        let blocks = config
            .blocks("filter")
            .map(|block| filter(block.str_or_empty("name"), block.strings("values")));
        let tags = config.string_map("tags").into_iter();
        let tags = tags.map(|(key, value)| filter(format!("tag:{key}"), [value.to_string()]));
        let attributes = attributes
            .iter()
            .filter_map(|(name, of_api)| Some(filter(*of_api, [config.text(name)?])));
        let all: Vec<Filter> = blocks.chain(tags).chain(attributes).collect();
        (!all.is_empty()).then_some(all)
    }

    /// The only thing that was found.
    pub(in crate::ec2) fn the_only<T>(
        what: &str,
        found: impl IntoIterator<Item = T>,
    ) -> OpResult<T> {
        let mut found = found.into_iter();
        match (found.next(), found.next()) {
            (Some(only), None) => Ok(only),
            (None, _) => Err(OpError::new(
                OpErrorKind::NotFound,
                format!("No {what} is as described. Describe it in another way."),
            )),
            (Some(_), Some(_)) => Err(OpError::new(
                OpErrorKind::Invalid,
                format!("More than one {what} is as described. Describe it more closely."),
            )),
        }
    }

    /// Tags as a data source shows them: all but those that nobody looks at.
    pub(in crate::ec2) fn tags_value(client: &AwsClients, tags: &[Tag]) -> Value {
        let shown = pairs(tags).filter(|(key, _)| !client.tags.is_ignored(key));
        Value::map(Type::String, shown.map(|(key, value)| (key, Value::from(value))))
    }
}
