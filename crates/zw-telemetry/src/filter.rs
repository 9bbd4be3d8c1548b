//! What is logged: of `zw` alone.

use tracing_subscriber::filter::{LevelFilter, Targets};

/// The target that all of `zw` says things under.
const OWN: &str = "zw";

/// What `ZW_LOG` asks for: a level, or targets with levels.
///
/// # Errors
/// In a sentence, if it makes no sense.
pub(crate) fn parse(wanted: &str) -> Result<Targets, String> {
    let wanted = wanted.trim();
    if let Ok(level) = wanted.parse::<LevelFilter>() {
        return Ok(Targets::new().with_target(OWN, level));
    }
    let parsed: Targets = wanted.parse().map_err(|_| explain(wanted))?;
    if parsed.default_level().is_some_and(|level| level != LevelFilter::OFF) {
        return Err(explain(wanted));
    }
    let mut own = Targets::new();
    for (target, level) in &parsed {
        if target != OWN && !target.starts_with("zw::") {
            return Err(explain(wanted));
        }
        own = own.with_target(target, level);
    }
    Ok(own)
}

fn explain(wanted: &str) -> String {
    format!(
        "ZW_LOG={wanted:?} says nothing that can be logged: it is one of error, warn, info, debug and trace, or targets \
         with levels such as zw::operation=info,zw::call=debug."
    )
}

/// What spans are made of: operations, the calls within them, and the run around them.
pub(crate) fn of_spans() -> Targets {
    Targets::new()
        .with_target("zw::run", LevelFilter::INFO)
        .with_target("zw::operation", LevelFilter::INFO)
        .with_target("zw::call", LevelFilter::DEBUG)
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn libraries_are_never_logged() {
        let filter = parse("trace").unwrap();
        assert!(filter.would_enable("zw::call", &Level::TRACE));
        assert!(!filter.would_enable("hyper::client", &Level::ERROR));
        let filter = parse("zw::call=debug,zw=warn").unwrap();
        assert!(filter.would_enable("zw::call", &Level::DEBUG));
        assert!(!filter.would_enable("zw::operation", &Level::INFO));
        assert!(parse("OFF").is_ok());
        for wrong in [
            "aws_smithy_runtime=trace",
            "zw=info,hyper=trace",
            "loud",
            "zw=loud",
            "zwx=info",
            "info,zw=warn",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
