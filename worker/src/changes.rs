//! Applies changed settings to what is under way: batches in hand are claimed anew, and sessions follow their
//! senders.

use crate::Worker;
use bellhop_campaigns::{InForce, News, Sender};
use bellhop_domain::frequency_cap::FrequencyCap;
use bellhop_domain::held::Holding;
use bellhop_domain::{EndpointKind, OrgId};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tracing::info;

impl Worker {
    /// Follows the settings until `stop`.
    pub(crate) async fn watch_settings(
        self: Arc<Self>,
        mut before: Arc<InForce>,
        mut news: News<InForce>,
        stop: CancellationToken,
    ) {
        loop {
            let after = tokio::select! {
                () = stop.cancelled() => return,
                after = news.next() => after,
            };
            self.follow(&before, &after);
            // Replacing the old settings lets go of the providers that only they held.
            before = after;
            self.look_at_warm_ups(&before).await;
        }
    }

    fn follow(self: &Arc<Self>, before: &InForce, after: &InForce) {
        info!(worker = %self.options.name, version = after.version, "the settings have changed");
        for sender in before.senders.iter() {
            if is_touched(sender, before, after) {
                self.standstills.stop(sender.org, &sender.name);
            }
            if !after.senders.has(sender) {
                self.permits.drop_left(sender);
                self.breakers.forget(sender.org, &sender.name);
            }
        }
        let is_without = |(org, kind): &(OrgId, EndpointKind)| after.senders.pool(*org, *kind).is_empty();
        self.senderless.retain(is_without);
        self.follow_sessions(after);
    }
}

/// Whether a batch in hand of this sender follows settings that are no longer in force. Such a batch ends after the
/// requests under way, and its other messages go back to be claimed under the new settings.
fn is_touched(sender: &Arc<Sender>, before: &InForce, after: &InForce) -> bool {
    !after.senders.has(sender) || rules(before, sender.org) != rules(after, sender.org)
}

/// The settings of an organisation that its claims depend on.
fn rules(in_force: &InForce, org: OrgId) -> Option<(Option<Holding>, FrequencyCap)> {
    let of = in_force.organisations.get(&org)?;
    Some((of.holding, of.defaults.frequency_cap))
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_trait::async_trait;
    use bellhop_campaigns::{OrgDefaults, OrgInForce, Senders};
    use bellhop_channels::{Finding, OutgoingMessage, Provider};
    use bellhop_domain::quiet_hours::QuietHours;
    use bellhop_domain::{Outcome, Zone};
    use bellhop_rate_limits::{Pacing, RateSpec};
    use bellhop_templating::{Currency, Locale};
    use std::time::Duration;

    struct Gateway;

    #[async_trait]
    impl Provider for Gateway {
        fn kind(&self) -> EndpointKind {
            EndpointKind::Phone
        }

        async fn send(&self, _: &OutgoingMessage<'_>) -> Outcome {
            Outcome::Failed { why: String::new() }
        }

        async fn check(&self) -> Vec<Finding> {
            Vec::new()
        }
    }

    fn sender(org: i32, name: &str) -> Arc<Sender> {
        Arc::new(Sender {
            org: OrgId(org),
            name: name.to_owned(),
            provider: Arc::new(Gateway).into(),
            rate: RateSpec::UNLIMITED,
            pool: None,
            account: None,
            warm_up: None,
            pacing: Pacing::default(),
        })
    }

    fn organisation() -> OrgInForce {
        OrgInForce {
            slug: "o".to_owned(),
            defaults: OrgDefaults {
                locale: Locale::parse("ru").unwrap(),
                zone: Zone::utc(),
                currency: Currency::from_code("RUB").unwrap(),
                frequency_cap: FrequencyCap::NONE,
            },
            holding: None,
            question: String::new(),
        }
    }

    #[test]
    fn what_is_in_hand_ends_where_it_goes_by_something_else_now_and_nowhere_else() {
        let (a, b, other) = (sender(1, "a"), sender(1, "b"), sender(2, "a"));
        let all = |senders: &[&Arc<Sender>]| InForce {
            version: 1,
            organisations: [(OrgId(1), organisation()), (OrgId(2), organisation())].into(),
            senders: Senders::new(senders.iter().map(|it| Arc::clone(it))),
        };
        let before = all(&[&a, &b, &other]);
        let touched = |after: &InForce| [&a, &b, &other].map(|it| is_touched(it, &before, after));
        let with = |edit: fn(&mut OrgInForce)| {
            let mut after = all(&[&a, &b, &other]);
            after.organisations.entry(OrgId(1)).and_modify(edit);
            after
        };
        for (case, after, expected) in [
            ("nothing", all(&[&a, &b, &other]), [false, false, false]),
            ("the order", all(&[&other, &b, &a]), [false, false, false]),
            (
                "a sender changed",
                all(&[&sender(1, "a"), &b, &other]),
                [true, false, false],
            ),
            ("a sender removed", all(&[&a, &other]), [false, true, false]),
            (
                "a sender more",
                all(&[&a, &b, &other, &sender(1, "c")]),
                [false, false, false],
            ),
            (
                "quiet hours",
                with(|it| {
                    it.holding = Some(Holding {
                        hours: QuietHours::default(),
                        release: Duration::ZERO,
                    })
                }),
                [true, true, false],
            ),
            (
                "a cap",
                with(|it| it.defaults.frequency_cap = FrequencyCap::default()),
                [true, true, false],
            ),
            (
                "a question",
                with(|it| it.question = "Stop?".to_owned()),
                [false, false, false],
            ),
        ] {
            assert_eq!(touched(&after), expected, "{case}");
        }
    }
}
