//! Dates: the firings of the next day are armed ahead, so that a wave (40,000 birthdays at ten) is only let go when it comes.
//! A round each hour finds what has become known or has moved since.

use crate::turns::Turn;
use crate::{Dispatcher, Trouble};
use bellhop_campaigns::programs::{AHEAD, ByDates, Known, ROUND};
use bellhop_domain::Timestamp;
use bellhop_store::programs::{Armed, Program, ProgramState};

/// Guests of one transaction.
const AT_ONCE: u32 = 300;

impl Dispatcher {
    pub(crate) async fn arm_days(&self) -> Result<Turn, Trouble> {
        let mut turn = Turn::Idle;
        for program in self.ledger.live_programs().await? {
            let known = self.programs.known.of(program.id, program.version, &program.definition);
            let Some(known) = known.filter(|it| it.is_by_date() && program.state == ProgramState::On) else {
                continue;
            };
            let now = self.now();
            let until = now.plus(AHEAD).plus(ROUND);
            let Some(until) = self.ledger.begin_arming(program.id, now.plus(AHEAD), until).await? else {
                continue;
            };
            if self.arm(&program, &known, until).await? {
                turn = Turn::Busy;
            }
        }
        Ok(turn)
    }

    /// Arms some guests of a round; returns whether there may be more.
    async fn arm(&self, program: &Program, known: &Known, until: Timestamp) -> Result<bool, Trouble> {
        let organisation = self.ledger.organisation_by_id(program.org).await?;
        let now = self.now();
        let calendar = ByDates::at(
            known,
            organisation.timezone,
            organisation.settings.retention,
            program.switched_at,
            now,
            until,
        );
        let days = calendar.days();
        match self.ledger.arm_page(program, &days, &calendar, AT_ONCE, now).await? {
            Armed::Page { fired, .. } => {
                metrics::counter!("bellhop_firings_total", "what" => "armed").increment(fired);
                Ok(true)
            }
            Armed::Complete | Armed::NotNow => Ok(false),
        }
    }
}
