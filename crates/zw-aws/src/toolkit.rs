//! What resource types have in common.

mod arn;
mod attr;
mod draft;
mod fifo;
mod name;
mod plan;
mod tags;
mod timeouts;
pub(crate) mod validate;
mod zeros;

#[cfg(feature = "client")]
mod agree;
#[cfg(feature = "client")]
mod assume_role;
#[cfg(feature = "client")]
mod batch;
#[cfg(feature = "client")]
mod clients;
#[cfg(feature = "client")]
mod connect;
#[cfg(feature = "client")]
mod error;
#[cfg(feature = "client")]
mod gather;
#[cfg(feature = "client")]
mod given;
#[cfg(feature = "client")]
mod known_form;
#[cfg(feature = "client")]
mod life;
#[cfg(feature = "client")]
mod reach;
#[cfg(feature = "client")]
mod resource_type;
#[cfg(feature = "client")]
mod sdk_tags;
#[cfg(feature = "client")]
mod time;
#[cfg(feature = "client")]
mod traffic;
#[cfg(feature = "client")]
mod wait;

pub(crate) use arn::{dns_suffix, partition, region_description};
pub(crate) use attr::{
    computed, list_of_strings, optional, optional_computed, required, set_of_strings, strings_list,
    strings_set,
};
pub(crate) use draft::{Draft, blank, is_zero};
pub(crate) use fifo::{check_fifo, fifo_prefix_of};
pub(crate) use name::{chosen_name, prefix_of, uuid_of};
pub(crate) use plan::{changes, forget};
pub(crate) use tags::{TOKEN_TAG, TagChange, Tags, tag_attributes};
pub(crate) use timeouts::{timeouts, timeouts_block};
pub(crate) use zeros::{same_but_for_zeros, settled};

#[cfg(feature = "client")]
pub(crate) use batch::{FILTER_VALUES_MAX, list_for, one, read_batched, read_listed};
#[cfg(feature = "client")]
pub use clients::AwsClients;

#[cfg(feature = "client")]
pub(crate) use error::{Answer, NoRetryOfUncertain};
#[cfg(feature = "client")]
pub(crate) use fifo::fifo_name;
#[cfg(feature = "client")]
pub(crate) use gather::{gathered, listed};
#[cfg(feature = "client")]
pub(crate) use given::{Complete, Given, Promised, build, fill};
#[cfg(feature = "client")]
pub(crate) use life::{created, found_again, imported, imported_as, is_as_planned, updated};
#[cfg(feature = "client")]
pub(crate) use resource_type::{Change, New, Register, ResourceType};
#[cfg(feature = "client")]
pub(crate) use sdk_tags::{Built, SdkTag, map_pairs, pairs, sdk_tag};
#[cfg(feature = "client")]
pub(crate) use time::{parsed_time, rfc3339};
#[cfg(feature = "client")]
pub(crate) use wait::{Progress, Wait};

/// What every resource type works with.
#[cfg(feature = "client")]
pub(crate) mod prelude {
    pub(crate) use async_trait::async_trait;
    pub(crate) use zw_lang::Value;
    pub(crate) use zw_provider::{OpError, OpErrorKind, OpResult, ReadRequest, View};

    pub(crate) use super::{
        Answer, AwsClients, Change, Complete, Draft, Given, New, Progress, Promised, ResourceType,
        TagChange, Wait, build, fill, map_pairs, pairs, rfc3339,
    };
}
