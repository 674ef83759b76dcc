//! Imports personal codes into a list, however many: a batch of lines is read, then written, and forgotten.

use super::file::{CodeFile, CodeLine};
use super::lists::{self, PromoList, absent};
use crate::import::report::BadRowsReport;
use crate::import::row::CellError;
use crate::import::{ImportError, ImportOptions, ImportProgress, RowError};
use crate::sql::{Session, Table, sql};
use crate::{Result, SqlStore, StoreError};
use async_trait::async_trait;
use bellhop_domain::OrgId;
use bellhop_domain::fault::Why;
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use std::io;
use std::path::Path;

/// Lines of one transaction.
const BATCH: usize = 10_000;

/// What an import of codes did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PromoImport {
    pub list: String,
    /// Lines that say something, the names of the columns apart.
    pub rows: u64,
    pub imported: u64,
    /// Lines that were bad, repeats among them.
    pub errors: u64,
    /// The first of them; the report file has all.
    pub first_errors: Vec<RowError>,
    /// Codes of the list that no message has.
    pub left: u64,
}

/// Whoever imports codes from files that others have sent.
#[async_trait]
pub trait CodeImports: Send + Sync {
    /// Refuses what is no such file, and a list that is not there or takes no codes; nothing is written.
    async fn check_code_file(&self, org: OrgId, list: &str, file: &Path) -> Result<(), ImportError>;
    /// Imports the codes of a file into a list that is there.
    async fn import_code_file(
        &self,
        org: OrgId,
        list: &str,
        file: &Path,
        options: ImportOptions<'_>,
    ) -> Result<PromoImport, ImportError>;
}

#[async_trait]
impl CodeImports for SqlStore {
    async fn check_code_file(&self, org: OrgId, list: &str, file: &Path) -> Result<(), ImportError> {
        personal(self, org, list).await?;
        CodeFile::open(file).map(drop)
    }

    async fn import_code_file(
        &self,
        org: OrgId,
        list: &str,
        file: &Path,
        options: ImportOptions<'_>,
    ) -> Result<PromoImport, ImportError> {
        self.import_promo_codes(org, list, file, options).await
    }
}

impl SqlStore {
    /// Imports a file of personal codes into a list that is there. A code that any list of the organisation has is refused
    /// with its line, so the same file may come twice, and an import that was stopped is finished by the same file again.
    ///
    /// # Errors
    /// When the file cannot be read, the list is not there or has a common code, or the database does not answer.
    pub async fn import_promo_codes(
        &self,
        org: OrgId,
        list: &str,
        path: &Path,
        options: ImportOptions<'_>,
    ) -> Result<PromoImport, ImportError> {
        let list = personal(self, org, list).await?;
        let mut file = CodeFile::open(path)?;
        let mut report = BadRowsReport::new(options.errors, options.language).map_err(ImportError::Report)?;
        let mut done = PromoImport {
            list: list.name.clone(),
            ..PromoImport::default()
        };
        loop {
            let (back, batch) = read_batch(file, path).await?;
            file = back;
            if batch.is_empty() {
                break;
            }
            done.rows += batch.len() as u64;
            let (imported, bad) = write_batch(self, &list, batch).await?;
            done.imported += imported;
            for (line, error) in bad {
                report.add(line, vec![error]).map_err(ImportError::Report)?;
            }
            (options.progress)(ImportProgress {
                rows: done.rows,
                refused: report.rows,
                bytes: file.position.bytes(),
                of_bytes: file.bytes,
            });
        }
        report.finish().map_err(ImportError::Report)?;
        let now = lists::counted(&mut Session::read(&self.db).await?, org, &list.name).await?;
        Ok(PromoImport {
            errors: report.rows,
            first_errors: report.first,
            left: now.map_or(0, |list| list.left),
            ..done
        })
    }
}

pub(super) async fn personal(store: &SqlStore, org: OrgId, name: &str) -> Result<PromoList> {
    let found = lists::find(&mut Session::read(&store.db).await?, org, name).await?;
    let list = found.ok_or_else(|| absent(name))?;
    match list.is_common() {
        true => Err(StoreError::Conflict(Why::PromoListCommon { list: list.name })),
        false => Ok(list),
    }
}

async fn read_batch(mut file: CodeFile, path: &Path) -> Result<(CodeFile, Vec<CodeLine>), ImportError> {
    let unreadable = |error| ImportError::Unreadable {
        file: path.display().to_string(),
        error,
    };
    let read = tokio::task::spawn_blocking(move || {
        let mut batch = Vec::with_capacity(BATCH);
        while batch.len() < BATCH {
            match file.next()? {
                Some(line) => batch.push(line),
                None => break,
            }
        }
        io::Result::Ok((file, batch))
    });
    let read = read.await.map_err(|panic| unreadable(io::Error::other(panic)))?;
    read.map_err(unreadable)
}

/// Writes the good lines of a batch; how many these were, and the bad ones in the order of the file.
async fn write_batch(store: &SqlStore, list: &PromoList, batch: Vec<CodeLine>) -> Result<(u64, Vec<(u64, CellError)>)> {
    let (mut bad, mut good, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    for CodeLine { line, code } in batch {
        match code {
            Err(error) => bad.push((line, error)),
            Ok(code) if seen.insert(code.clone()) => good.push((line, code)),
            Ok(code) => bad.push((line, taken(&code, &list.name))),
        }
    }
    let (imported, elsewhere) = write(store, list, &good).await?;
    for (line, code) in &good {
        if let Some(other) = elsewhere.get(code) {
            bad.push((*line, taken(code, other)));
        }
    }
    bad.sort_by_key(|(line, _)| *line);
    Ok((imported, bad))
}

fn taken(code: &str, list: &str) -> CellError {
    let list = list.to_owned();
    CellError::new("code", code, Why::PromoCodeTaken { list })
}

/// How many codes were new, and the others with the lists that have them.
async fn write(store: &SqlStore, list: &PromoList, good: &[(u64, String)]) -> Result<(u64, HashMap<String, String>)> {
    if good.is_empty() {
        return Ok((0, HashMap::new()));
    }
    let codes: Vec<&str> = good.iter().map(|(_, code)| code.as_str()).collect();
    let mut tx = Session::begin(&store.db).await?;
    let (new, taken) = insert(&mut tx, list, &codes).await?;
    tx.commit().await?;
    Ok((new, taken.into_iter().map(|(code, (_, name))| (code, name)).collect()))
}

/// A list by its number and name.
type Whose = (i64, String);

/// The same in a transaction, the lists with their numbers. No code stands twice.
pub(super) async fn insert(
    tx: &mut Session,
    list: &PromoList,
    codes: &[&str],
) -> Result<(u64, HashMap<String, Whose>)> {
    let table = || Table::default().texts("code", codes.iter().copied());
    let text = "INSERT INTO promo_codes (org_id, list_id, code) SELECT $1, $2, r.code FROM {rows} WHERE TRUE
                ON CONFLICT (org_id, code) DO NOTHING RETURNING code";
    let (org, id) = (i64::from(list.org.0), list.id);
    let rows = tx.fetch(sql(text).int(org).int(id).rows(table())).await?;
    let new: HashSet<String> = rows
        .iter()
        .map(|row| row.columns().text("code"))
        .collect::<Result<_>>()?;
    let mut elsewhere = HashMap::new();
    if new.len() < codes.len() {
        // By the index of the codes: SQLite would otherwise go through all rows for each code that there is.
        let text = "SELECT p.code, p.list_id, l.name FROM promo_codes p JOIN promo_lists l ON l.id = p.list_id
                    WHERE p.org_id = $1 AND p.code IN (SELECT r.code FROM {rows})";
        for row in tx.fetch(sql(text).int(org).rows(table())).await? {
            let c = row.columns();
            let code = c.text("code")?;
            if !new.contains(&code) {
                elsewhere.insert(code, (c.int("list_id")?, c.text("name")?));
            }
        }
    }
    let longest = new.iter().map(|code| code.chars().count()).max().unwrap_or_default();
    let text = "UPDATE promo_lists SET codes = codes + $2, longest = CASE WHEN longest < $3 THEN $3 ELSE longest END
                WHERE id = $1 AND deleted_at IS NULL";
    let statement = sql(text).int(id).int(new.len() as i64).int(longest as i64);
    if tx.execute(statement).await? == 0 {
        return Err(absent(&list.name));
    }
    Ok((new.len() as u64, elsewhere))
}
