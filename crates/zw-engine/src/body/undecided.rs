//! Attributes of JSON and YAML that may be blocks.

use std::borrow::Cow;

use zw_config::model::{Attribute as Written, Block as WrittenBlock};

/// Whether an attribute of JSON or YAML is written as the bodies of blocks.
pub(super) fn has_blocks(written: &Written) -> bool {
    written.blocks.as_ref().is_some_and(|blocks| !blocks.is_empty())
}

/// A block with its label. In JSON and YAML labels are the names of attributes, with the blocks as their
/// values.
pub(super) fn labelled_blocks(block: &WrittenBlock) -> Vec<Cow<'_, WrittenBlock>> {
    let in_attributes = block.labels.is_empty() && block.dynamic.is_none();
    let all = |(label, written): (_, &Written)| Some((label, written.blocks.clone()?));
    let found: Option<Vec<_>> = block.body.attributes.iter().map(all).collect();
    match found {
        Some(found) if in_attributes && block.body.blocks.is_empty() => found
            .into_iter()
            .flat_map(|(label, blocks)| {
                blocks.into_iter().map(move |inner| WrittenBlock {
                    type_name: block.type_name.clone(),
                    labels: vec![label.clone()],
                    ..inner
                })
            })
            .map(Cow::Owned)
            .collect(),
        _ => vec![Cow::Borrowed(block)],
    }
}
