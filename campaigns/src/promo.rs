//! What a mailing or a program has to do with its list of promo codes, before anything is sent.

use crate::{Result, RunContents};
use bellhop_domain::fault::{Found, Why};
use bellhop_domain::mailing::{MailingSpec, PROMO_CODE, VALID_TO};
use bellhop_domain::promo::has_ended;
use bellhop_domain::{OrgId, Timestamp};
use bellhop_store::ledger::MessagePromo;
use bellhop_store::promos::{PromoBook, PromoList};
use serde::Serialize;

const PLACE: &str = "promo_codes";

/// The list that a mailing names, and what is wrong with it at an instant.
#[derive(Debug, Default)]
pub struct CheckedPromo {
    pub list: Option<PromoList>,
    pub found: Vec<Found>,
}

/// How many codes a launch may need, and how many are left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PromoFigures {
    pub list: String,
    /// A message needs one at most.
    pub needed: u64,
    pub left: u64,
}

/// Looks at the list that a mailing names. A list that can give nobody a code is an error: nothing would be sent.
///
/// # Errors
/// When the store cannot answer.
pub async fn checked<S: PromoBook + ?Sized, A>(
    store: &S,
    org: OrgId,
    spec: &MailingSpec<A>,
    at: Timestamp,
) -> Result<CheckedPromo> {
    let Some(name) = &spec.promo_codes else {
        return Ok(CheckedPromo::default());
    };
    let list = name.clone();
    let Some(known) = store.promo_list(org, name).await? else {
        let known = store.promo_lists(org).await?;
        let known: Vec<_> = known.into_iter().map(|it| it.name).collect();
        let known = known.join(", ");
        let fault = Why::PromoListUnknown { list, known }.at(PLACE);
        return Ok(CheckedPromo {
            list: None,
            found: vec![Found::error(fault)],
        });
    };
    let mut found = Vec::new();
    if has_ended(known.ends_at, at) {
        found.push(Found::error(Why::PromoListEnded { list }.at(PLACE)));
    } else if !known.is_common() && known.left == 0 {
        found.push(Found::error(Why::PromoListEmpty { list }.at(PLACE)));
    } else if !shows_code(spec) {
        found.push(Found::warning(Why::PromoListUnused { list }.at(PLACE)));
    }
    Ok(CheckedPromo {
        list: Some(known),
        found,
    })
}

/// Whether any text of its steps shows a code.
fn shows_code<A>(spec: &MailingSpec<A>) -> bool {
    // A text that cannot be compiled has an error of its own.
    let Ok(contents) = RunContents::compile(spec) else {
        return true;
    };
    let mut steps = spec.waterfall.iter();
    steps.any(|step| contents.needs(step.channel).takes_code())
}

impl CheckedPromo {
    /// The variables that the list fills.
    pub fn filled(&self) -> impl Iterator<Item = String> {
        let code = self.list.as_ref().map(|_| PROMO_CODE);
        let end = self.list.as_ref().and_then(|it| it.ends_at).map(|_| VALID_TO);
        code.into_iter().chain(end).map(str::to_owned)
    }

    /// What previews show in the place of a code.
    pub fn sample(&self) -> Option<MessagePromo> {
        self.list.as_ref().map(MessagePromo::sample_of)
    }
}

/// How many codes so many messages may need; nothing where all have the same.
pub(crate) fn figures<A>(list: Option<&PromoList>, spec: &MailingSpec<A>, messages: u64) -> Option<PromoFigures> {
    let list = list.filter(|it| !it.is_common() && shows_code(spec))?;
    Some(PromoFigures {
        list: list.name.clone(),
        needed: messages,
        left: list.left,
    })
}

impl PromoFigures {
    /// What to say if some messages may find no code.
    pub fn short(&self) -> Option<Why> {
        let (list, needed, left) = (self.list.clone(), self.needed, self.left);
        (left < needed).then_some(Why::PromoListShort { list, needed, left })
    }

    pub(crate) fn warning(&self) -> Option<Found> {
        self.short().map(|why| Found::warning(why.at(PLACE)))
    }
}
