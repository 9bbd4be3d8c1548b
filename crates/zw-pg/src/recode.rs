//! Writing all that a state holds anew, in one transaction.

use tokio_postgres::types::ToSql;
use zw_state::{OutputRow, Recoder, Recoding, ResourceRow, RunId, Scope, StoreError};

use crate::fault::problem;
use crate::read::{self, Past, deposed};
use crate::writer::{Refusal, Writer};

/// Rows that are in memory at once. Between two of these there is a sign of life.
const PAGE: i64 = 500;

/// What the database keeps of what was overwritten, whatever is done here. To rewrite its tables would stop everybody
/// who writes to them, other workspaces, too, for longer than their leases last.
const LEFT: &str = "PostgreSQL keeps what was overwritten in its files until it uses the room again, and in its log and \
                    backups. VACUUM FULL of the tables zw_object, zw_history, zw_output, zw_output_history and \
                    zw_intent takes it out of the files; let nobody apply anything meanwhile.";

impl Writer {
    /// Writes it. The run must have the right to write everything.
    pub(crate) async fn recode(
        &mut self,
        recoding: &Recoding,
    ) -> Result<Option<String>, StoreError> {
        let place = self.place().to_owned();
        if self.begun.scope != Scope::Everything {
            return Err(problem(&place, "cannot write", "the run has no right to write all of it"));
        }
        let written = self.in_transaction(async |this| this.all(recoding).await).await;
        written.map_err(|refusal| self.refused(&refusal))?;
        Ok(Some(LEFT.to_owned()))
    }

    async fn all(&mut self, recoding: &Recoding) -> Result<(), Refusal> {
        let Recoding { recoder, mark, record } = recoding;
        let (recoder, workspace) = (&**recoder, self.begun.workspace);
        self.still_there().await?;
        for sql in [
            "DELETE FROM zw_output_history WHERE workspace = $1 AND name = $2",
            "DELETE FROM zw_output WHERE workspace = $1 AND name = $2",
        ] {
            self.execute(sql, &[&workspace, &&**mark]).await?;
        }
        self.objects(recoder).await?;
        self.past_objects(recoder).await?;
        self.outputs_anew(recoder).await?;
        self.intents(recoder).await?;
        if let Some(OutputRow { name, value, ty, sensitive }) = record {
            let sql = "INSERT INTO zw_output (workspace, name, value, type, sensitive) VALUES ($1, $2, $3, $4, $5)";
            self.execute(sql, &[&workspace, &&**name, &&**value, &&**ty, sensitive]).await?;
        }
        Ok(())
    }

    /// A sign of life, without which others would take a long transaction for dead.
    async fn still_there(&mut self) -> Result<(), Refusal> {
        if self.beat().await? { Ok(()) } else { Err(Refusal::Lost) }
    }

    async fn objects(&mut self, recoder: &dyn Recoder) -> Result<(), Refusal> {
        let sql = "UPDATE zw_object o SET attributes = new.attributes, sensitive_paths = new.sensitive_paths, \
                       private = new.private \
                   FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) \
                       AS new (address, deposed, attributes, sensitive_paths, private) \
                   WHERE o.workspace = $1 AND o.address = new.address AND o.deposed = new.deposed";
        let workspace = self.begun.workspace;
        let mut last = None;
        loop {
            let page = read::objects(self.client(), workspace, last.as_ref(), PAGE).await?;
            let Some(end) = page.last() else { return Ok(()) };
            last = Some(end.key.clone());
            let page =
                page.into_iter().map(|row| recoder.row(row)).collect::<Result<Vec<_>, _>>()?;
            let addresses: Vec<&str> = page.iter().map(|row| &*row.key.address).collect();
            let deposed: Vec<&str> = page.iter().map(|row| deposed(&row.key)).collect();
            let (attributes, paths, private) = columns(&page);
            let parameters: [&(dyn ToSql + Sync); 6] =
                [&workspace, &addresses, &deposed, &attributes, &paths, &private];
            self.execute(sql, &parameters).await?;
            self.still_there().await?;
        }
    }

    async fn past_objects(&mut self, recoder: &dyn Recoder) -> Result<(), Refusal> {
        let sql = "UPDATE zw_history h SET attributes = new.attributes, sensitive_paths = new.sensitive_paths, \
                       private = new.private \
                   FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[]) \
                       AS new (id, attributes, sensitive_paths, private) \
                   WHERE h.workspace = $1 AND h.id = new.id";
        let workspace = self.begun.workspace;
        let mut last = 0;
        loop {
            let page = read::past_objects(self.client(), workspace, last, PAGE).await?;
            let Some((end, _)) = page.last() else { return Ok(()) };
            last = *end;
            let (ids, page): (Vec<i64>, Vec<ResourceRow>) = page.into_iter().unzip();
            let page =
                page.into_iter().map(|row| recoder.row(row)).collect::<Result<Vec<_>, _>>()?;
            let (attributes, paths, private) = columns(&page);
            self.execute(sql, &[&workspace, &ids, &attributes, &paths, &private]).await?;
            self.still_there().await?;
        }
    }

    async fn outputs_anew(&mut self, recoder: &dyn Recoder) -> Result<(), Refusal> {
        let workspace = self.begun.workspace;
        let of_now = "UPDATE zw_output o SET value = new.value, type = new.type \
                      FROM unnest($2::text[], $3::text[], $4::text[]) AS new (name, value, type) \
                      WHERE o.workspace = $1 AND o.name = new.name";
        let found = recoded(recoder, read::outputs(self.client(), workspace).await?)?;
        let names: Vec<&str> = found.iter().map(|(_, output)| &*output.name).collect();
        let (values, types) = texts(&found);
        self.execute(of_now, &[&workspace, &names, &values, &types]).await?;

        let of_then = "UPDATE zw_output_history o SET value = new.value, type = new.type \
                       FROM unnest($2::bigint[], $3::text[], $4::text[]) AS new (id, value, type) \
                       WHERE o.workspace = $1 AND o.id = new.id";
        let found = recoded(recoder, read::past_outputs(self.client(), workspace).await?)?;
        let ids: Vec<i64> = found.iter().map(|(id, _)| *id).collect();
        let (values, types) = texts(&found);
        self.execute(of_then, &[&workspace, &ids, &values, &types]).await?;
        self.still_there().await
    }

    async fn intents(&mut self, recoder: &dyn Recoder) -> Result<(), Refusal> {
        let workspace = self.begun.workspace;
        let sql = "UPDATE zw_intent i SET request = new.request \
                   FROM unnest($2::text[], $3::text[]) AS new (token, request) \
                   WHERE i.workspace = $1 AND i.token = new.token";
        // No run has this number, so these are all.
        let found = read::in_doubt(self.client(), workspace, RunId(0), None).await?;
        let found =
            found.into_iter().map(|one| recoder.intent(one)).collect::<Result<Vec<_>, _>>()?;
        let tokens: Vec<&str> = found.iter().map(|intent| &*intent.token).collect();
        let requests: Vec<&str> = found.iter().map(|intent| &*intent.request).collect();
        self.execute(sql, &[&workspace, &tokens, &requests]).await?;
        Ok(())
    }
}

type Texts<'a> = Vec<Option<&'a str>>;

fn columns(rows: &[ResourceRow]) -> (Vec<&str>, Texts<'_>, Texts<'_>) {
    let attributes = rows.iter().map(|row| &*row.attributes).collect();
    let paths = rows.iter().map(|row| row.sensitive_paths.as_deref()).collect();
    (attributes, paths, rows.iter().map(|row| row.private.as_deref()).collect())
}

fn recoded(
    recoder: &dyn Recoder,
    outputs: Vec<Past<OutputRow>>,
) -> Result<Vec<Past<OutputRow>>, StoreError> {
    outputs.into_iter().map(|(id, output)| Ok((id, recoder.output(output)?))).collect()
}

fn texts(outputs: &[Past<OutputRow>]) -> (Vec<&str>, Vec<&str>) {
    outputs.iter().map(|(_, output)| (&*output.value, &*output.ty)).unzip()
}
