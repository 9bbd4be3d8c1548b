//! A file of tests, with everything that is written in it compiled.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use zw_config::model::Module;
use zw_config::testing::TestFile;
use zw_lang::SourceMap;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for name in ["a.tftest.hcl", "a.tftest.json"] {
        let mut sources = SourceMap::default();
        let (file, _) = TestFile::read(Path::new(name), text, &mut sources);
        for run in &file.runs {
            let written = run.variables.iter().map(|(_, written)| written);
            let asserts = run.asserts.iter().flat_map(|one| [&one.condition, &one.message]);
            for written in written.chain(asserts) {
                drop(written.compile(&Module::default(), &sources, &["run", "var"]));
            }
        }
    }
});
