//! What a worker knows of a run for as long as it has batches of it: its contents, compiled once.

use bellhop_domain::mailing::{MailingSpec, Step};
use bellhop_domain::{Channel, MailingId, OrgId, RunId, Timestamp};
use bellhop_store::ledger::{RenderNeeds, Run};
use bellhop_store::{Ledger, StoreError};
use bellhop_templating::{Surface, Template, TemplateError};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Variables that a guest's profile answers for, and those that the run itself does.
const OF_PROFILE: [&str; 2] = ["name", "greeting"];
const OF_RUN: [&str; 5] = ["link", "promo_code", "bonus_amount", "valid_to", "days_left"];

/// A mailing's texts, compiled, with what rendering them asks of a guest.
#[derive(Debug)]
pub struct RunContents {
    pub(crate) push: Option<PushTemplates>,
    pub(crate) sms: Option<Template>,
    /// Where a personal link leads.
    pub(crate) link: Option<String>,
}

#[derive(Debug)]
pub(crate) struct PushTemplates {
    pub title: Template,
    pub body: Template,
    pub image: Option<String>,
    pub link: Option<String>,
}

impl RunContents {
    /// # Errors
    /// The first text that is not of the template language.
    pub fn compile<A>(spec: &MailingSpec<A>) -> Result<Self, TemplateError> {
        let push = match &spec.contents.push {
            None => None,
            Some(push) => Some(PushTemplates {
                title: Template::compile(&push.title, Surface::Push)?,
                body: Template::compile(&push.body, Surface::Push)?,
                image: push.image.clone(),
                link: push.link.clone().or_else(|| spec.link.clone()),
            }),
        };
        let sms = spec
            .contents
            .sms
            .as_ref()
            .map(|sms| Template::compile(&sms.text, Surface::Sms))
            .transpose()?;
        Ok(Self {
            push,
            sms,
            link: spec.link.clone(),
        })
    }

    /// What to read of each guest to render a channel's content.
    pub fn needs(&self, channel: Channel) -> RenderNeeds {
        let templates: Vec<&Template> = match channel {
            Channel::Push => self.push.iter().flat_map(|p| [&p.title, &p.body]).collect(),
            Channel::Sms => self.sms.iter().collect(),
            Channel::WebPush | Channel::WhatsApp | Channel::Telegram => Vec::new(),
        };
        let mut needs = RenderNeeds::default();
        for variable in templates.iter().flat_map(|t| t.variables()) {
            match variable.as_str() {
                name if OF_PROFILE.contains(&name) => needs.profile = true,
                "last_dish" => needs.last_dish = true,
                name if OF_RUN.contains(&name) => {}
                key => needs.attributes.push(key.to_owned()),
            }
        }
        // Plurals, dates and money follow the guest's locale, so any variable but the link asks for it.
        needs.profile |= templates.iter().flat_map(|t| t.variables()).any(|v| v != "link");
        needs
    }
}

/// A run under way.
pub(crate) struct RunInHand {
    pub id: RunId,
    pub org: OrgId,
    pub mailing: MailingId,
    pub waterfall: Vec<Step>,
    pub expires: Timestamp,
    pub contents: RunContents,
    /// One key for all tries of the run, so that a repeat replaces what a phone already shows.
    pub collapse_key: String,
}

impl RunInHand {
    fn of(run: Run) -> Result<Self, StoreError> {
        let corrupt = |problem: String| StoreError::Corrupt {
            what: "run",
            id: run.id.to_string(),
            problem,
        };
        let spec: MailingSpec<serde_json::Value> =
            serde_json::from_str(&run.spec).map_err(|e| corrupt(format!("its mailing cannot be read: {e}")))?;
        let contents = RunContents::compile(&spec).map_err(|e| corrupt(e.to_string()))?;
        Ok(Self {
            id: run.id,
            org: run.org,
            mailing: run.mailing,
            expires: run.expires_at.unwrap_or(Timestamp(i64::MAX)),
            waterfall: spec.waterfall,
            contents,
            collapse_key: format!("run-{}", run.id),
        })
    }
}

/// The runs in hand, each read and compiled once.
pub(crate) struct Runs {
    ledger: Arc<dyn Ledger>,
    known: Mutex<HashMap<RunId, Arc<RunInHand>>>,
}

/// More runs than are ever under way at once; past it the cache starts anew.
const KNOWN_AT_MOST: usize = 1_000;

impl Runs {
    pub fn new(ledger: Arc<dyn Ledger>) -> Self {
        Self {
            ledger,
            known: Mutex::default(),
        }
    }

    pub async fn get(&self, id: RunId) -> Result<Arc<RunInHand>, StoreError> {
        if let Some(run) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&id) {
            return Ok(run.clone());
        }
        let run = Arc::new(RunInHand::of(self.ledger.run(id).await?)?);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KNOWN_AT_MOST {
            known.clear();
        }
        known.insert(id, run.clone());
        Ok(run)
    }
}
