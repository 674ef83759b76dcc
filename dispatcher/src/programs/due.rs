//! What is due is let go, a page of one version at a time, so that programs take turns.

use crate::turns::Turn;
use crate::{Dispatcher, Trouble};
use bellhop_campaigns::programs::ByDefinition;
use bellhop_store::programs::{DueProgram, LetGo};
use tracing::warn;

/// The most firings of one transaction.
const AT_ONCE: u32 = 300;

impl Dispatcher {
    /// A look into an index for each program, if nothing is due.
    pub(crate) async fn let_go_due(&self) -> Result<Turn, Trouble> {
        let due = self.ledger.due_programs(self.now()).await?;
        if due.is_empty() || self.hears_of_newer_settings().await? {
            return Ok(Turn::Idle);
        }
        let (mut all, mut is_full, mut trouble) = (LetGo::default(), false, None);
        for of in &due {
            match self.let_go_of(of).await {
                Ok(done) => {
                    is_full |= done.all() >= u64::from(AT_ONCE);
                    all.sent += done.sent;
                    all.skipped += done.skipped;
                    all.waiting += done.waiting;
                }
                Err(error) => {
                    warn!(program = %of.program, %error, "what is due was not let go; the other programs go on");
                    trouble = Some(error);
                }
            }
        }
        for (what, firings) in [("sent", all.sent), ("skipped", all.skipped)] {
            metrics::counter!("bellhop_firings_total", "what" => what).increment(firings);
        }
        if all.sent > 0 {
            self.announce();
        }
        match trouble {
            Some(error) => Err(error),
            None if is_full => Ok(Turn::Busy),
            // What comes due in the next moment goes together: batches of one message cost as much as those of a hundred.
            None if all.all() > 0 => Ok(Turn::Soon),
            None => Ok(Turn::Idle),
        }
    }

    async fn let_go_of(&self, of: &DueProgram) -> Result<LetGo, Trouble> {
        let known = self.programs.known.of(of.program, of.version, &of.definition);
        let Some(known) = known else {
            return Ok(LetGo::default());
        };
        let zone = self.zone_of(of.org).await?;
        let in_force = self.live.now();
        let holding = in_force.organisations.get(&of.org).and_then(|it| it.holding);
        let rule = ByDefinition::new(&known, in_force.kinds(of.org), zone, holding);
        Ok(self.ledger.let_go(of, &rule, AT_ONCE, self.now()).await?)
    }

    async fn hears_of_newer_settings(&self) -> Result<bool, Trouble> {
        let is_behind = self.ledger.settings_version().await?.0 > self.live.now().version;
        Ok(self.programs.waits_for_settings(is_behind))
    }
}
