//! The canonical form, which is that of itself.
#![no_main]

use libfuzzer_sys::fuzz_target;
use zw_lang::parse::Text;
use zw_lang::{SourceMap, format};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut sources = SourceMap::default();
    let id = sources.add("main.tf", text);
    if let Ok(once) = format(Text::of_file(id, text)) {
        let id = sources.add("again.tf", once.as_str());
        let twice = format(Text::of_file(id, &once));
        assert_eq!(twice.ok().as_deref(), Some(once.as_str()), "{text:?}");
    }
});
