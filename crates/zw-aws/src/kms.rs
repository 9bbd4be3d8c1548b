//! KMS: keys and their aliases.

mod alias;
mod alias_data;
mod key;
mod key_data;

use zw_provider::Catalog;

/// What is known without credentials.
pub(crate) fn register(catalog: &mut Catalog) {
    catalog
        .resource("aws_kms_alias", alias::schema())
        .validate_hook("aws_kms_alias", crate::toolkit::validate::one_name)
        .plan_hook("aws_kms_alias", alias::plan)
        .resource("aws_kms_key", key::schema())
        .plan_hook("aws_kms_key", key::plan)
        .data_source("aws_kms_alias", alias_data::schema())
        .data_source("aws_kms_key", key_data::schema());
}

#[cfg(feature = "kms")]
pub(crate) use live::operations;

#[cfg(feature = "kms")]
mod live {
    //! What all types of KMS have in common.

    use std::collections::HashMap;

    use aws_sdk_kms::types::{AliasListEntry, KeyMetadata};
    use zw_provider::Operations;

    use super::{alias, alias_data, key, key_data};
    use crate::toolkit::prelude::*;
    use crate::toolkit::{Register, sdk_tag};

    sdk_tag!(aws_sdk_kms::types::Tag, tag_key, tag_value);

    /// What is done with the types.
    pub(crate) fn operations(operations: &mut Operations<AwsClients>) {
        operations
            .add(alias::live::Alias)
            .add(key::live::Key)
            .data_source("aws_kms_alias", alias_data::live::AliasData)
            .data_source("aws_kms_key", key_data::live::KeyData);
    }

    /// What KMS says of a key; `None` if there is none.
    pub(super) async fn describe(
        client: &AwsClients,
        id: &str,
        grant_tokens: Vec<String>,
    ) -> OpResult<Option<KeyMetadata>> {
        let call = client.kms().describe_key().key_id(id);
        let call = call.set_grant_tokens(Some(grant_tokens).filter(|tokens| !tokens.is_empty()));
        let answer = call.send().await.if_found("kms:DescribeKey")?;
        Ok(answer.and_then(|answer| answer.key_metadata))
    }

    /// All aliases by name: there is no call for one.
    pub(super) async fn aliases(client: &AwsClients) -> OpResult<HashMap<String, AliasListEntry>> {
        let call = client.kms().list_aliases().limit(100).into_paginator().items();
        let found: Vec<AliasListEntry> = call.send().try_collect().await.of("kms:ListAliases")?;
        Ok(found.into_iter().filter_map(|found| Some((found.alias_name.clone()?, found))).collect())
    }

    /// The alias of that name.
    pub(super) async fn find_alias(
        client: &AwsClients,
        name: &str,
    ) -> OpResult<Option<AliasListEntry>> {
        Ok(aliases(client).await?.remove(name))
    }
}
