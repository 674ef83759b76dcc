//! Obeys humans who pause and resume senders. What is in hand of a paused sender ends. For a resumed sender
//! everything ends that holds it, in this process or in the shared limiter.

use crate::Worker;
use bellhop_campaigns::Sender;
use bellhop_domain::{OrgId, Timestamp};
use bellhop_store::StoreError;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use tracing::{info, warn};

/// The latest resume of each sender that this process has seen; `None` before the first look.
#[derive(Default)]
pub(crate) struct Resumes(Mutex<Option<HashMap<(OrgId, String), Timestamp>>>);

impl Resumes {
    /// The senders resumed since the last look. A resume from before the first look does not concern a process that
    /// has just started.
    fn news(&self, told: Vec<(OrgId, String, Timestamp)>) -> Vec<(OrgId, String)> {
        let told: HashMap<_, _> = told.into_iter().map(|(org, name, at)| ((org, name), at)).collect();
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = |key: &(OrgId, String), at: &Timestamp| {
            known
                .as_ref()
                .is_some_and(|known| known.get(key).is_none_or(|before| before < at))
        };
        let news = told
            .iter()
            .filter(|(key, at)| is_new(key, at))
            .map(|(key, _)| key.clone());
        let news = news.collect();
        *known = Some(told);
        news
    }
}

impl Worker {
    /// Ends what is in hand of senders that were paused; the claim already prevents anything new.
    pub(crate) async fn look_at_pauses(&self) -> Result<(), StoreError> {
        for (org, name, ..) in self.ledger.paused_senders().await? {
            self.standstills.stop(org, &name);
        }
        Ok(())
    }

    /// Asks which senders were resumed, and lets them go.
    pub(crate) async fn look_at_resumes(&self) -> Result<(), StoreError> {
        let news = self.resumes.news(self.ledger.resumed_senders().await?);
        for sender in self.live.now().senders.iter() {
            if news
                .iter()
                .any(|(org, name)| *org == sender.org && *name == sender.name)
            {
                self.let_go(sender).await;
            }
        }
        Ok(())
    }

    async fn let_go(&self, sender: &Sender) {
        if let Err(error) = self.permits.release(sender).await {
            return warn!(sender = %sender.name, %error, "resumed, but its hold could not be lifted; it ends by itself");
        }
        self.pools.note_earliest(sender, self.now());
        info!(sender = %sender.name, "resumed: no hold any more");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resume_is_told_once_and_none_of_before_the_first_look() {
        let resumes = Resumes::default();
        let told = |list: &[(&str, i64)]| {
            let list = list
                .iter()
                .map(|(name, at)| (OrgId(1), (*name).to_owned(), Timestamp(*at)));
            let mut news: Vec<_> = resumes.news(list.collect()).into_iter().map(|(_, name)| name).collect();
            news.sort();
            news
        };
        assert_eq!(told(&[("a", 5)]), Vec::<String>::new());
        assert_eq!(told(&[("a", 5), ("b", 3)]), ["b"]);
        assert_eq!(told(&[("a", 5), ("b", 3)]), Vec::<String>::new());
        assert_eq!(told(&[("a", 6), ("b", 4)]), ["a", "b"]);
    }
}
