//! What tests need to know of the program that they run in.

use std::path::Path;
use std::sync::Arc;

use indexmap::IndexMap;
use zw_config::model::{Config, ModuleCall};
use zw_config::testing::TestProviders;
use zw_engine::Registry;
use zw_lang::{Diagnostics, Host, SourceMap, Span, Str, Value};

/// A configuration, and what is wrong with it.
pub type Loaded = (Config, Diagnostics);

/// The program that tests run in.
pub trait Project: Send + Sync {
    /// Loads the module in a directory.
    fn load(&self, root: &Path, providers: Option<TestProviders<'_>>) -> Loaded;

    /// The directory of the module that a source means, which is no relative path.
    ///
    /// # Errors
    /// What is wrong with it, in sentences.
    fn module(&self, call: &ModuleCall) -> Result<std::path::PathBuf, String>;

    /// The providers. What they keep is below a directory of the test's own.
    fn providers(&self, data_dir: &Path) -> Registry;

    /// The world outside of the language.
    fn host(&self) -> Arc<dyn Host>;

    /// The values that are given from outside, by variable: with options, in files, in the environment.
    ///
    /// # Errors
    /// Whatever is wrong with them.
    fn variables(
        &self,
        config: &Config,
        sources: &mut SourceMap,
    ) -> Result<IndexMap<Str, (Value, Option<Span>)>, Diagnostics>;
}
