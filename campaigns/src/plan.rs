//! The planner's choices: who gets a message, and by which step.

use bellhop_domain::exclusion::Exclusion;
use bellhop_domain::mailing::MailingSpec;
use bellhop_domain::segment::Segment;
use bellhop_domain::{Channel, EndpointKind, Purpose, Timestamp, Zone};
use bellhop_programs::calendar::OwnTime;
use bellhop_store::StoreError;
use bellhop_store::ledger::{Choice, Moment, PlanGuest, Planner, Run};

/// Chooses by a mailing's waterfall: the first step for which there is a live endpoint and which the guest allows.
pub struct MailingPlanner {
    steps: Vec<Channel>,
    purpose: Purpose,
    /// The kinds of address that there is a sender for.
    kinds: Vec<EndpointKind>,
    /// Whether the audience is everybody, so that apps without a login get it as well (PRODUCT.md §1).
    unrestricted: bool,
    /// At what time by each guest's own clock its messages go; at once if absent.
    own_time: Option<OwnTime>,
}

impl MailingPlanner {
    pub fn new<A>(spec: &MailingSpec<A>, kinds: &[EndpointKind], unrestricted: bool) -> Self {
        let steps = spec.waterfall.iter().map(|s| s.channel).collect();
        Self {
            steps,
            purpose: spec.purpose(),
            kinds: kinds.to_vec(),
            unrestricted,
            own_time: None,
        }
    }

    /// The same at a time of each guest's own clock.
    #[must_use]
    pub fn at_own_time(self, own_time: Option<OwnTime>) -> Self {
        Self { own_time, ..self }
    }

    /// The planner of a run, from its own copy of the mailing's file.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if this version cannot read that copy.
    pub fn of(run: &Run, kinds: &[EndpointKind]) -> Result<Self, StoreError> {
        let spec: MailingSpec<Segment> = serde_json::from_str(&run.spec).map_err(|e| StoreError::Corrupt {
            what: "run",
            id: run.id.to_string(),
            problem: format!("its mailing cannot be read: {e}"),
        })?;
        let unrestricted = !run.test && spec.audience.as_ref().is_some_and(Segment::is_everybody);
        let own_time = run.own_time.as_deref().map(serde_json::from_str).transpose();
        let own_time = own_time.map_err(|e| StoreError::Corrupt {
            what: "run",
            id: run.id.to_string(),
            problem: format!("its time cannot be read: {e}"),
        })?;
        Ok(Self {
            own_time,
            ..Self::new(&spec, kinds, unrestricted)
        })
    }

    /// Uses these kinds of address from now on, because senders come and go while a run is planned.
    pub fn set_kinds(&mut self, kinds: &[EndpointKind]) {
        if self.kinds != kinds {
            self.kinds = kinds.to_vec();
        }
    }
}

impl Planner for MailingPlanner {
    fn choose(&self, guest: &PlanGuest) -> Choice {
        if guest.blacklisted {
            return Choice::Exclude(Exclusion::Blacklisted);
        }
        let mut reason = None;
        for (step, channel) in (0u16..).zip(&self.steps) {
            if let Some(refused) = guest.may.refuses(self.purpose, *channel) {
                reason.get_or_insert(refused);
                continue;
            }
            reason = Some(Exclusion::NoLiveEndpoint);
            if let Some((kind, endpoint)) =
                guest.endpoints[*channel as usize].filter(|(kind, _)| self.kinds.contains(kind))
            {
                return Choice::Send { step, kind, endpoint };
            }
        }
        Choice::Exclude(reason.unwrap_or(Exclusion::NoLiveEndpoint))
    }

    fn moment(&self, zone: &Zone, now: Timestamp) -> Moment {
        match &self.own_time {
            None => Moment::Now,
            Some(own) => own.moment(zone, now).map_or(Moment::Never, Moment::At),
        }
    }

    fn unattached(&self, kind: EndpointKind) -> Option<u16> {
        // A phone without a card belongs to nobody; only apps and sites have users without a card.
        let anonymous = matches!(kind.channel(), Channel::Push | Channel::WebPush);
        if !(self.unrestricted && anonymous && self.kinds.contains(&kind)) {
            return None;
        }
        (0u16..)
            .zip(&self.steps)
            .find(|(_, channel)| **channel == kind.channel())
            .map(|(step, _)| step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bellhop_domain::{CustomerId, EndpointId, Permission};

    fn planner(waterfall: &str) -> MailingPlanner {
        planner_of(Purpose::Marketing, waterfall)
    }

    fn planner_of(purpose: Purpose, waterfall: &str) -> MailingPlanner {
        let file = format!(
            r#"{{"name":"n","audience":{{}},"purpose":"{}","contents":{{}},"waterfall":{waterfall}}}"#,
            purpose.name()
        );
        let spec: MailingSpec<serde_json::Value> = serde_json::from_str(&file).unwrap();
        MailingPlanner::new(
            &spec,
            &[
                EndpointKind::Fcm,
                EndpointKind::WebPush,
                EndpointKind::Phone,
                EndpointKind::WhatsApp,
            ],
            true,
        )
    }

    fn guest(blacklisted: bool, consents: &[Channel], live: &[Channel]) -> PlanGuest {
        let mut endpoints = [None; Channel::ALL.len()];
        for channel in live {
            let kind = EndpointKind::ALL.into_iter().find(|k| k.channel() == *channel).unwrap();
            endpoints[*channel as usize] = Some((kind, EndpointId(*channel as i64)));
        }
        let consents = consents.iter().map(|c| c.bit()).sum();
        PlanGuest {
            customer: CustomerId(1),
            blacklisted,
            may: Permission::of_consents(consents),
            endpoints,
        }
    }

    #[test]
    fn the_first_step_with_consent_and_a_live_endpoint_is_taken() {
        use Channel::{Push, Sms};
        let planner = planner(r#"[{"channel":"push"},{"channel":"sms"}]"#);
        let send = |step, kind, id| Choice::Send {
            step,
            kind,
            endpoint: EndpointId(id),
        };
        let table = [
            (guest(false, &[Push, Sms], &[Push, Sms]), send(0, EndpointKind::Fcm, 0)),
            (guest(false, &[Push, Sms], &[Sms]), send(1, EndpointKind::Phone, 3)),
            (guest(false, &[Sms], &[Push, Sms]), send(1, EndpointKind::Phone, 3)),
            (
                guest(false, &[Push], &[Sms]),
                Choice::Exclude(Exclusion::NoLiveEndpoint),
            ),
            (guest(false, &[], &[Push, Sms]), Choice::Exclude(Exclusion::NoConsent)),
            (
                guest(false, &[Channel::WhatsApp], &[Push]),
                Choice::Exclude(Exclusion::NoConsent),
            ),
            (guest(true, &[], &[]), Choice::Exclude(Exclusion::Blacklisted)),
        ];
        for (guest, expected) in table {
            assert_eq!(planner.choose(&guest), expected, "{guest:?}");
        }
    }

    #[test]
    fn a_notification_goes_without_consent_and_never_to_the_blacklisted() {
        use Channel::{Push, Sms};
        let planner = planner_of(Purpose::Notification, r#"[{"channel":"push"},{"channel":"sms"}]"#);
        let (push, sms) = ((0, EndpointKind::Fcm, 0), (1, EndpointKind::Phone, 3));
        for (guest, expected) in [
            (guest(false, &[], &[Push, Sms]), Ok(push)),
            (guest(false, &[Sms], &[Push]), Ok(push)),
            (guest(false, &[], &[Sms]), Ok(sms)),
            (guest(false, &[], &[]), Err(Exclusion::NoLiveEndpoint)),
            (guest(true, &[Push, Sms], &[Push, Sms]), Err(Exclusion::Blacklisted)),
        ] {
            let expected = match expected {
                Ok((step, kind, id)) => Choice::Send {
                    step,
                    kind,
                    endpoint: EndpointId(id),
                },
                Err(reason) => Choice::Exclude(reason),
            };
            assert_eq!(planner.choose(&guest), expected, "{guest:?}");
        }
    }

    #[test]
    fn apps_without_a_login_are_reached_by_push_to_everybody_only() {
        let both = planner(r#"[{"channel":"sms"},{"channel":"push"},{"channel":"web_push"}]"#);
        for (kind, expected) in [
            (EndpointKind::Fcm, Some(1)),
            (EndpointKind::WebPush, Some(2)),
            // There is no sender for it.
            (EndpointKind::Apns, None),
            (EndpointKind::Phone, None),
            (EndpointKind::WhatsApp, None),
        ] {
            assert_eq!(both.unattached(kind), expected, "{kind:?}");
        }
        assert_eq!(planner(r#"[{"channel":"sms"}]"#).unattached(EndpointKind::Fcm), None);
    }
}
