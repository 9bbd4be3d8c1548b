//! States that are elsewhere: in buckets, and behind Terraform's HTTP protocol; and keys to states that are elsewhere.
//!
//! Both keep the state in memory while a run goes on, and send what changes in batches. A bucket is sent the events
//! ([`bucket`]), a server of Terraform's protocol the whole document each time ([`http`]).

#[cfg(feature = "aws-config")]
mod aws;
mod azurerm;
mod bucket;
mod cloud;
mod event;
mod gcs;
mod http;
mod io;
#[cfg(feature = "aws-kms")]
mod kms;
mod process;
mod recode;
mod s3;
mod session;
mod state;

pub use azurerm::{Azurerm, Identity};
pub use gcs::Gcs;
pub use http::Http;
#[cfg(feature = "aws-kms")]
pub use kms::AwsKms;
pub use s3::S3;
pub use url::Url;
