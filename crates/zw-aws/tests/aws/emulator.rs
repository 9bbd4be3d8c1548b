//! Emulators for the tests of this process, each stopped when the last test that uses it is done.

use std::sync::{Arc, Mutex, Weak};

use zw_testing::{Emulator, Kind};

static SHARED: Mutex<[Weak<Emulator>; 3]> = Mutex::new([Weak::new(), Weak::new(), Weak::new()]);

/// The emulator of this process; `None`, and a word about it, if it is not set up.
pub(crate) fn shared(kind: Kind) -> Option<Arc<Emulator>> {
    let mut shared = SHARED.lock().expect("no test panics while it starts an emulator");
    let place = match kind {
        Kind::Moto => &mut shared[0],
        Kind::Ministack => &mut shared[1],
        Kind::Model => &mut shared[2],
    };
    if let Some(running) = place.upgrade() {
        return Some(running);
    }
    let started = Arc::new(Emulator::start(kind)?);
    *place = Arc::downgrade(&started);
    Some(started)
}
