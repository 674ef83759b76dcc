//! Programs as people keep them: read, checked in their organisation, stored, and switched on and off.
//!
//! The command line and the API do the same by the same functions. What fires is decided elsewhere (`bellhop_programs`).

mod check;
mod figures;

pub use check::checked;
pub use figures::{Figures, Outcomes, figures};

use crate::{Brand, CampaignError, Result};
use bellhop_domain::fault::{Fault, Found, Severity, Why};
use bellhop_domain::{OrgId, ProgramId, Timestamp};
use bellhop_programs::Definition;
use bellhop_programs::engine::Reason;
use bellhop_store::StoreError;
use bellhop_store::ledger::Once;
use bellhop_store::programs::{NewVersion, ProgramsBook, ReasonCode};

const SWITCHED_OFF: ReasonCode = ReasonCode(Reason::SwitchedOff.code());

/// What became of a definition that somebody wants kept, or of a program that is to be switched on.
#[derive(Debug)]
pub enum ProgramAnswer<T> {
    /// Nothing was done: these are its errors and warnings.
    Refused(Vec<Found>),
    /// It was done; these are the warnings.
    Done(T, Vec<Found>),
}

/// A reason by its name; a later version may have others.
pub fn reason_name(ReasonCode(code): ReasonCode) -> String {
    Reason::from_code(code).map_or_else(|| format!("reason {code}"), |reason| reason.name().to_owned())
}

/// Keeps a new program, which is off. `who` goes to the audit log.
///
/// # Errors
/// When the store cannot answer, or the request's key was used for another one.
pub async fn create(
    brand: &Brand<'_>,
    book: &dyn ProgramsBook,
    text: &str,
    once: Option<&Once<'_>>,
    who: &str,
    now: Timestamp,
) -> Result<ProgramAnswer<ProgramId>> {
    let (kept, found) = match ready(brand, text, now).await? {
        Ready::Fit(kept, found) => (kept, found),
        Ready::Unfit(found) => return Ok(ProgramAnswer::Refused(found)),
    };
    let org = brand.organisation.id;
    let id = book.create_program(org, &kept.version(), once, who, now).await?;
    Ok(ProgramAnswer::Done(id, found))
}

/// Keeps another version of a program, by which it fires from now on. If the version that it was made from is given, and is
/// not the present one any more, nothing is kept and the answer is `None`; else it is the number of the new version.
///
/// # Errors
/// When the store cannot answer.
pub async fn edit(
    brand: &Brand<'_>,
    book: &dyn ProgramsBook,
    (id, from): (ProgramId, Option<i32>),
    text: &str,
    who: &str,
    now: Timestamp,
) -> Result<ProgramAnswer<Option<i32>>> {
    let (kept, found) = match ready(brand, text, now).await? {
        Ready::Fit(kept, found) => (kept, found),
        Ready::Unfit(found) => return Ok(ProgramAnswer::Refused(found)),
    };
    let org = brand.organisation.id;
    let version = book.edit_program(org, id, from, &kept.version(), who, now).await?;
    Ok(ProgramAnswer::Done(version, found))
}

/// Switches a program on, if it is right now: senders and guests' attributes come and go.
///
/// # Errors
/// When the store cannot answer, or this version cannot read the program.
pub async fn switch_on(
    brand: &Brand<'_>,
    book: &dyn ProgramsBook,
    id: ProgramId,
    who: &str,
    now: Timestamp,
) -> Result<ProgramAnswer<()>> {
    let org = brand.organisation.id;
    let definition = definition(book, org, id).await?;
    let found = checked(brand, &definition, true, now).await?;
    if has_errors(&found) {
        return Ok(ProgramAnswer::Refused(found));
    }
    book.switch_on(org, id, SWITCHED_OFF, who, now).await?;
    Ok(ProgramAnswer::Done((), found))
}

/// Switches a program off: what waits is skipped at once, or still goes. Returns how many firings were skipped.
///
/// # Errors
/// When there is none such, or the store cannot answer.
pub async fn switch_off(
    book: &dyn ProgramsBook,
    (org, id): (OrgId, ProgramId),
    after_waiting: bool,
    who: &str,
    now: Timestamp,
) -> Result<u64> {
    let ended = (!after_waiting).then_some(SWITCHED_OFF);
    Ok(book.switch_off(org, id, ended, who, now).await?)
}

/// What a stored program says now.
///
/// # Errors
/// When there is none such, or this version cannot read it.
pub async fn definition(book: &dyn ProgramsBook, org: OrgId, id: ProgramId) -> Result<Definition> {
    let program = book.program(org, id).await?;
    bellhop_programs::read(&program.definition).map_err(|faults| unreadable(id, &faults))
}

fn unreadable(id: ProgramId, faults: &[Fault]) -> CampaignError {
    let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
    CampaignError::Store(StoreError::Corrupt {
        what: "program",
        id: id.to_string(),
        problem: faults.join("; "),
    })
}

/// Whether something of it is an error.
pub fn has_errors(found: &[Found]) -> bool {
    found.iter().any(|it| it.severity == Severity::Error)
}

/// A definition as it is kept: the same one has the same text.
struct Kept {
    name: String,
    definition: String,
    mailing: String,
}

enum Ready {
    Unfit(Vec<Found>),
    /// With what is worth knowing about it.
    Fit(Kept, Vec<Found>),
}

impl Kept {
    fn of(definition: &Definition) -> Result<Self> {
        let written = |it: serde_json::Result<String>| {
            it.map_err(|error| {
                CampaignError::Refused(Why::BodyValueUnfit {
                    said: error.to_string(),
                })
            })
        };
        Ok(Self {
            name: definition.name.clone(),
            definition: written(serde_json::to_string(definition))?,
            mailing: written(serde_json::to_string(&definition.mailing()))?,
        })
    }

    fn version(&self) -> NewVersion<'_> {
        NewVersion {
            name: &self.name,
            definition: &self.definition,
            mailing: &self.mailing,
        }
    }
}

async fn ready(brand: &Brand<'_>, text: &str, now: Timestamp) -> Result<Ready> {
    let definition = match bellhop_programs::read(text) {
        Ok(definition) => definition,
        Err(faults) => return Ok(Ready::Unfit(faults.into_iter().map(Found::error).collect())),
    };
    let found = checked(brand, &definition, false, now).await?;
    match has_errors(&found) {
        true => Ok(Ready::Unfit(found)),
        false => Ok(Ready::Fit(Kept::of(&definition)?, found)),
    }
}
