//! What resource types have in common.

mod arn;
mod attr;
mod draft;
mod name;
mod plan;
mod tags;
mod timeouts;
pub(crate) mod validate;
mod zeros;

#[cfg(feature = "sdk")]
mod agree;
#[cfg(feature = "sdk")]
mod assume_role;
#[cfg(feature = "sdk")]
mod batch;
#[cfg(feature = "sdk")]
mod clients;
#[cfg(feature = "sdk")]
mod connect;
#[cfg(feature = "sdk")]
mod error;
#[cfg(feature = "sdk")]
mod gather;
#[cfg(feature = "sdk")]
mod given;
#[cfg(feature = "sdk")]
mod life;
#[cfg(feature = "sdk")]
mod reach;
#[cfg(feature = "sdk")]
mod time;
#[cfg(feature = "sdk")]
mod traffic;
#[cfg(feature = "sdk")]
mod wait;

pub(crate) use arn::{dns_suffix, partition, region_description};
pub(crate) use attr::{
    computed, list_of_strings, optional, optional_computed, required, set_of_strings, strings_list,
    strings_set,
};
pub(crate) use draft::{Draft, blank, is_zero};
pub(crate) use name::{chosen_name, prefix_of};
pub(crate) use plan::{changes, forget};
pub(crate) use tags::{TOKEN_TAG, Tags, tag_attributes};
pub(crate) use timeouts::{timeouts, timeouts_block};
pub(crate) use zeros::{same_but_for_zeros, settled};

#[cfg(feature = "sdk")]
pub(crate) use batch::{FILTER_VALUES_MAX, list_for, one, read_batched, read_listed};
#[cfg(feature = "sdk")]
pub use clients::AwsClients;

#[cfg(feature = "sdk")]
pub(crate) use error::{Answer, NoRetryOfUncertain};
#[cfg(feature = "sdk")]
pub(crate) use gather::{gathered, listed};
#[cfg(feature = "sdk")]
pub(crate) use given::{Given, build, fill};
#[cfg(feature = "sdk")]
pub(crate) use life::{created, found_again, imported, imported_as, is_as_planned, updated};
#[cfg(feature = "sdk")]
pub(crate) use time::rfc3339;
#[cfg(feature = "sdk")]
pub(crate) use wait::{Progress, Wait};
