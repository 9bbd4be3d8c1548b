//! What every store must do, as tests that any backend can run.
//!
//! A backend's tests say where states can be made, and get one test a law:
//!
//! ```ignore
//! zw_state::store_laws!(|| MyPlace::new());
//! ```
//!
//! Where what it takes may be missing, the function gives an option, after a word about what is missing:
//!
//! ```ignore
//! zw_state::store_laws!(where there is || MyPlace::find());
//! ```

#![allow(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a test that fails panics")]

pub mod anew;
pub mod history;
pub mod laws;
pub mod model;

use std::sync::Arc;
use std::time::Duration;

use crate::model::{
    Ending, Intent, IntentKind, ObjectStatus, OutputRow, ResourceRow, RowKey, RowVersion, RunId,
    RunKind,
};
use crate::store::{Session, Store};

/// Somewhere a state can be, empty at first. Dropping it removes the state.
pub trait Place: Send + Sync {
    /// The state, opened anew as another process would.
    fn open(&self) -> Arc<dyn Store>;
}

/// How long a test waits for what should come at once.
pub const LONG: Duration = Duration::from_mins(1);

/// Begins a run that nothing should keep from beginning.
pub async fn begin(store: &dyn Store) -> Box<dyn Session> {
    store.begin(RunKind::Apply, LONG).await.unwrap()
}

/// A row with nothing in it but what it must have.
pub fn row(address: &str) -> ResourceRow {
    ResourceRow {
        key: RowKey::current(address),
        type_name: "aws_vpc".into(),
        provider: "provider[\"registry.terraform.io/hashicorp/aws\"]".into(),
        schema_version: 0,
        attributes: "{}".into(),
        sensitive_paths: None,
        status: ObjectStatus::Ready,
        dependencies: Vec::new(),
        ending: Ending::default(),
        private: None,
        version: RowVersion::default(),
    }
}

/// A row with something in every field.
pub fn full_row(address: &str, deposed: Option<&str>) -> ResourceRow {
    ResourceRow {
        key: RowKey { address: address.into(), deposed: deposed.map(Arc::from) },
        type_name: "aws_eks_cluster".into(),
        provider: "module.m[\"ü\\n\"].provider[\"example.com/a/b\"].west[\"x\"]".into(),
        schema_version: 3,
        attributes: "{\"name\":\"\\u0000\u{1f389} long enough to be more than a few bytes\"}"
            .into(),
        sensitive_paths: Some("[[{\"type\":\"get_attr\",\"value\":\"name\"}]]".into()),
        status: ObjectStatus::Tainted,
        dependencies: vec!["aws_vpc.absent".into(), "module.m[\"a,]\\n\"].x.y[0]".into()],
        ending: Ending { create_before_destroy: true, skip_destroy: true },
        private: Some("eyJhIjoxfQ==".into()),
        version: RowVersion::default(),
    }
}

/// An output of a number.
pub fn output(name: &str, value: u32) -> OutputRow {
    OutputRow {
        name: name.into(),
        value: value.to_string().into(),
        ty: "\"number\"".into(),
        sensitive: value.is_multiple_of(2),
    }
}

/// An intent with something in every field.
pub fn intent(token: &str, run: RunId, address: &str) -> Intent {
    Intent {
        token: token.into(),
        run,
        kind: IntentKind::Update,
        key: RowKey { address: address.into(), deposed: Some("0badcafe".into()) },
        type_name: "aws_vpc".into(),
        provider: "provider[\"registry.terraform.io/hashicorp/aws\"]".into(),
        request: "{\"cidr_block\":\"10.0.0.0/16\"}".into(),
        dependencies: vec!["aws_x.y".into()],
        ending: Ending { create_before_destroy: true, skip_destroy: true },
    }
}

/// One test for each law of [`laws`], and the comparison with a model, for places that the expression, a
/// function without arguments, makes. After `where there is` it gives an option, and without a place a test has
/// nothing to do.
#[macro_export]
macro_rules! store_laws {
    ($place:expr) => {
        $crate::store_laws!(where there is || Some(($place)()));
    };
    (where there is $place:expr) => {
        $crate::store_laws!(
            $place,
            a_new_state_is_empty,
            what_was_written_is_read_back,
            an_unchanged_output_is_not_a_change,
            versions_grow_and_are_never_given_twice,
            a_batch_takes_effect_whole_or_not_at_all,
            a_refused_batch_does_not_fail_others,
            a_move_needs_a_row_and_a_free_key,
            an_intent_stays_until_it_is_settled,
            an_intent_and_its_result_change_places_at_once,
            a_token_is_in_the_journal_once,
            one_run_at_a_time,
            a_held_state_is_waited_for,
            a_dropped_session_lets_go,
            reading_needs_no_lock,
            a_reader_sees_whole_commits,
            a_forced_unlock_fences_the_holder_out,
            runs_are_listed_newest_first,
            changes_of_a_run_are_rows_before_and_after,
            outputs_are_known_as_they_were,
            the_serial_counts_runs_that_changed_something,
            a_state_that_moved_here_goes_on,
            all_of_it_is_encrypted_and_decrypted,
            how_long_operations_took_is_kept_with_the_run,
            whoever_waits_is_told_for_whom,
            many_writers_are_all_answered,
            a_large_state_comes_back_in_order
        );

        #[test]
        fn any_history_is_that_of_the_model() {
            if ($place)().is_some() {
                let place = || ($place)().expect("there was one before");
                $crate::testing::history::any_history_is_that_of_the_model(&place);
            }
        }
    };
    ($place:expr, $($law:ident),*) => {$(
        #[tokio::test]
        async fn $law() {
            if let Some(place) = ($place)() {
                $crate::testing::laws::$law(&place).await;
            }
        }
    )*};
}
