//! What is done on the side when an object is created or destroyed.

use async_trait::async_trait;
use zw_lang::Value;

use crate::schema::Block;

/// A type of `provisioner` block.
///
/// Source: <https://developer.hashicorp.com/terraform/language/resources/provisioners/syntax>
#[async_trait]
pub trait Provisioner: Send + Sync {
    /// The arguments.
    fn schema(&self) -> &Block;

    /// Does it. `output` is given what is printed on the way, a line at a time.
    ///
    /// # Errors
    /// In sentences, if it failed.
    async fn run(
        &self,
        config: &Value,
        output: &(dyn for<'a> Fn(&'a str) + Send + Sync),
    ) -> Result<(), String>;
}
