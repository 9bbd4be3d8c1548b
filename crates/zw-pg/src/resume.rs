//! Going on after a connection has broken.
//!
//! The right to write belongs to the run, and not to its connection. A new connection takes it over as long as nobody
//! else has taken it away, which the same row decides that every transaction finds first. Whoever looks for what a run
//! holds while its connection is gone takes it for dead, and from then on it is.
//!
//! Whether a transaction took effect whose answer was lost, the number of transactions says that the run has made. A
//! transaction that the server still works on has that row locked, so its end is waited for.

use std::time::Duration;

use tokio::time::Instant;
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use crate::begin::milliseconds;
use crate::read::signed;
use crate::writer::{Refusal, Writer};

/// Between two attempts to reach the server.
const PAUSE: Duration = Duration::from_millis(200);

/// Whether an error means that the connection is gone.
pub(crate) fn is_broken(error: &Error) -> bool {
    let ends = [SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN, SqlState::CANNOT_CONNECT_NOW];
    error.code().map_or_else(|| error.is_closed() || has_io(error), |code| ends.contains(code))
}

fn has_io(error: &Error) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        if error.is::<std::io::Error>() {
            return true;
        }
        cause = error.source();
    }
    false
}

impl Writer {
    /// Gives a sign of life. Whether the right is lost is told to whoever writes next, by that write.
    pub(crate) async fn stay_alive(&mut self) {
        if let Err(error) = self.beat().await
            && is_broken(&error)
        {
            drop(self.resume(error.into()).await);
        }
    }

    /// Takes the right to write over to a new connection; gives how many transactions the run has made.
    ///
    /// # Errors
    /// [`Refusal::Lost`] if somebody has taken the right away, or what broke the connection if none can be had for as long
    /// as it would last.
    pub(crate) async fn resume(&mut self, broken: Refusal) -> Result<i64, Refusal> {
        let sql = "UPDATE zw_run SET server_pid = pg_backend_pid(), \
                       expires = clock_timestamp() + $3 * interval '1 millisecond' \
                   WHERE workspace = $1 AND id = $2 AND held AND expires > clock_timestamp() RETURNING writes";
        let lease = self.server().options.lease;
        let (workspace, run) = (self.begun.workspace, signed(self.begun.run.0));
        while self.last_sign().elapsed() < lease {
            let now = Instant::now();
            if let Ok(client) = self.server().connect().await {
                let taken = client.query_opt(sql, &[&workspace, &run, &milliseconds(lease)]).await;
                match taken {
                    Ok(Some(row)) => {
                        let writes = row.try_get(0)?;
                        self.replace(client, now);
                        return Ok(writes);
                    }
                    Ok(None) => return Err(Refusal::Lost),
                    Err(error) if !is_broken(&error) => return Err(error.into()),
                    Err(_) => {}
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(broken)
    }
}
