//! What is done on the side when an object is created or destroyed.

use async_trait::async_trait;
use zw_lang::Value;

use crate::schema::Block;

/// Where what a provisioner prints goes, a line at a time.
pub type Output<'a> = dyn for<'line> Fn(&'line str) + Send + Sync + 'a;

/// A type of `provisioner` block.
///
/// Source: <https://developer.hashicorp.com/terraform/language/resources/provisioners/syntax>
#[async_trait]
pub trait Provisioner: Send + Sync {
    /// The arguments.
    fn schema(&self) -> &Block;

    /// The arguments of its `connection` block, if it works on a machine that has to be connected to.
    fn connection(&self) -> Option<&Block> {
        None
    }

    /// Does it. `connection` is there if a block is, and if the provisioner says what may be in it. `output` is
    /// given what is printed on the way, a line at a time.
    ///
    /// # Errors
    /// In sentences, if it failed.
    async fn run(
        &self,
        config: &Value,
        connection: Option<&Value>,
        output: &Output<'_>,
    ) -> Result<(), String>;
}
