//! The file's structure.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// What can be read of a file of any format.
#[derive(Deserialize)]
pub(super) struct Version {
    pub(super) version: u64,
}

#[derive(Deserialize, Serialize)]
pub(super) struct Document<'a> {
    pub(super) version: u64,
    #[serde(default, borrow)]
    pub(super) terraform_version: Cow<'a, str>,
    #[serde(default)]
    pub(super) serial: u64,
    #[serde(default, borrow)]
    pub(super) lineage: Cow<'a, str>,
    #[serde(default, borrow)]
    pub(super) outputs: BTreeMap<Cow<'a, str>, Output<'a>>,
    #[serde(default, borrow)]
    pub(super) resources: Vec<Resource<'a>>,
    /// Always null when written.
    #[serde(skip_deserializing)]
    pub(super) check_results: Option<()>,
}

#[derive(Deserialize, Serialize)]
pub(super) struct Output<'a> {
    #[serde(borrow)]
    pub(super) value: Cow<'a, RawValue>,
    #[serde(rename = "type", borrow)]
    pub(super) ty: Cow<'a, RawValue>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) sensitive: bool,
}

#[derive(Deserialize, Serialize)]
pub(super) struct Resource<'a> {
    #[serde(default, borrow, skip_serializing_if = "is_empty")]
    pub(super) module: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) mode: Cow<'a, str>,
    #[serde(rename = "type", borrow)]
    pub(super) type_name: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) name: Cow<'a, str>,
    #[serde(default, borrow)]
    pub(super) provider: Cow<'a, str>,
    #[serde(default, borrow)]
    pub(super) instances: Vec<Instance<'a>>,
}

#[derive(Deserialize, Serialize)]
pub(super) struct Instance<'a> {
    #[serde(default, borrow, skip_serializing_if = "Option::is_none")]
    pub(super) index_key: Option<Cow<'a, RawValue>>,
    #[serde(default, borrow, skip_serializing_if = "is_empty")]
    pub(super) status: Cow<'a, str>,
    #[serde(default, borrow, skip_serializing_if = "is_empty")]
    pub(super) deposed: Cow<'a, str>,
    /// Not known to Terraform.
    #[serde(default, borrow, skip_serializing_if = "is_empty")]
    pub(super) provider: Cow<'a, str>,
    #[serde(default)]
    pub(super) schema_version: u32,
    #[serde(default, borrow, skip_serializing_if = "Option::is_none")]
    pub(super) attributes: Option<Cow<'a, RawValue>>,
    /// How Terraform wrote attributes before version 0.12.
    #[serde(default, borrow, skip_serializing)]
    pub(super) attributes_flat: Option<Cow<'a, RawValue>>,
    #[serde(default, borrow, skip_serializing_if = "Option::is_none")]
    pub(super) sensitive_attributes: Option<Cow<'a, RawValue>>,
    #[serde(default, borrow, skip_serializing_if = "is_empty")]
    pub(super) private: Cow<'a, str>,
    #[serde(default, borrow, skip_serializing_if = "Vec::is_empty")]
    pub(super) dependencies: Vec<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) create_before_destroy: bool,
    /// Known to OpenTofu.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) skip_destroy: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
const fn is_false(value: &bool) -> bool {
    !*value
}

fn is_empty(text: &str) -> bool {
    text.is_empty()
}
