//! Who is sent what by which mailing, so that every row gets its answer and none suffers the consequences of another.

use std::collections::BTreeMap;

use bellhop_domain::EndpointKind;
use serde_json::Value;

use super::row::{Aim, Crowd, Row};
use super::tables::linked_phones::State;

/// One provider.
pub(super) struct Provider {
    /// As in `tests/data/provider-errors.tsv`, and the organisation of its ordinary rows.
    pub name: &'static str,
    /// The simulator's lane.
    pub lane: &'static str,
    pub kind: EndpointKind,
    pub rows: Vec<Row>,
    /// Its session states that are reported by a call.
    pub states: Option<States>,
}

/// How the simulator's session is put into a state, and the one in which it works.
pub(super) struct States {
    pub path: &'static str,
    pub working: &'static str,
    pub all: &'static [State],
}

/// A guest with one address.
#[derive(Debug, Clone)]
pub(super) struct Person {
    /// The brand's id.
    pub id: String,
    pub tag: String,
    /// The guest's number, unique on the lane.
    pub number: u32,
}

/// An organisation of the brand's with one sender.
#[derive(Default)]
pub(super) struct Hall {
    /// The index of its provider.
    pub provider: usize,
    pub people: Vec<Person>,
    /// Whether the ordered answers concern its account.
    pub by_account: bool,
}

/// A mailing to everybody with a tag.
#[derive(Debug, Clone)]
pub(super) struct Mailing {
    pub organisation: String,
    pub tag: String,
    /// The mailing is launched when all of these have been tried.
    pub after: Vec<String>,
    /// Whether it stops the organisation's sender, so that it is launched after everything else has been seen.
    pub last: bool,
}

/// A row and the guests with whom it is played.
pub(super) struct Play {
    pub provider: usize,
    pub row: Row,
    pub organisation: String,
    pub tag: String,
    pub guests: Vec<String>,
    pub probe: Option<String>,
}

/// The whole plan.
#[derive(Default)]
pub(super) struct Plan {
    pub halls: BTreeMap<String, Hall>,
    pub mailings: Vec<Mailing>,
    pub plays: Vec<Play>,
    pub orders: Vec<Value>,
    /// The next number, by lane.
    numbers: BTreeMap<&'static str, u32>,
}

impl Plan {
    pub fn of(providers: &[Provider]) -> Self {
        let mut plan = Plan::default();
        for (place, provider) in providers.iter().enumerate() {
            for (number, row) in provider.rows.iter().enumerate() {
                plan.play(place, provider, number, row);
            }
        }
        plan
    }

    fn play(&mut self, place: usize, provider: &Provider, number: usize, row: &Row) {
        let organisation = organisation(provider, number, row);
        let own_mailing = row.is_apart() || row.then.needs_own_run() || organisation != provider.name;
        let tag = if own_mailing {
            format!("row-{number}")
        } else {
            "shared".to_owned()
        };
        let hall = self.halls.entry(organisation.clone()).or_default();
        (hall.provider, hall.by_account) = (place, row.aim == Aim::Account);
        let guests = self.people(&organisation, provider, &format!("{number}"), &tag, row.guests());
        self.order(provider, &organisation, row, &guests);
        let ids: Vec<String> = guests.into_iter().map(|person| person.id).collect();
        let mut after = Vec::new();
        match row.crowd {
            Crowd::With(others) => {
                self.people(&organisation, provider, &format!("{number}-other"), &tag, others);
            }
            Crowd::Before(others) => {
                let (who, earlier) = (format!("{number}-other"), format!("before-{number}"));
                let others = self.people(&organisation, provider, &who, &earlier, others);
                after = others.into_iter().map(|person| person.id).collect();
                self.mail(&organisation, &earlier, Vec::new(), false);
            }
            Crowd::Usual | Crowd::Of(_) => {}
        }
        if let Some(answer) = &row.kept_open_by {
            let who = format!("{number}-keeper");
            for keeper in self.people(&organisation, provider, &who, &tag, 1) {
                let recipient = recipient(provider.kind, keeper.number);
                self.orders.extend(answer.order(provider.lane, &recipient, false));
            }
        }
        let probe = row.then.has_probe().then(|| {
            let (who, tag) = (format!("{number}-probe"), format!("probe-{number}"));
            let probe = self.people(&organisation, provider, &who, &tag, 1);
            self.mail(&organisation, &tag, ids.clone(), false);
            probe.into_iter().map(|person| person.id).collect::<String>()
        });
        self.mail(&organisation, &tag, after, row.then.is_last());
        self.plays.push(Play {
            provider: place,
            row: row.clone(),
            organisation,
            tag,
            guests: ids,
            probe,
        });
    }

    fn people(&mut self, organisation: &str, provider: &Provider, who: &str, tag: &str, count: usize) -> Vec<Person> {
        let next = self.numbers.entry(provider.lane).or_insert(1);
        let mut person = |copy: usize| {
            let number = *next;
            *next += 1;
            Person {
                id: format!("guest-{who}-{copy}"),
                tag: tag.to_owned(),
                number,
            }
        };
        let people: Vec<Person> = (0..count).map(&mut person).collect();
        if let Some(hall) = self.halls.get_mut(organisation) {
            hall.people.extend(people.iter().cloned());
        }
        people
    }

    fn order(&mut self, provider: &Provider, organisation: &str, row: &Row, guests: &[Person]) {
        let once = row.then.is_once();
        let lane = provider.lane;
        if row.aim == Aim::Account {
            let account = account(provider.kind, organisation);
            return self.orders.extend(row.answer.order(lane, &account, once));
        }
        for guest in guests {
            let recipient = recipient(provider.kind, guest.number);
            let asked = match row.aim {
                Aim::NumberCheck => format!("check-exists/{recipient}"),
                _ => recipient,
            };
            self.orders.extend(row.answer.order(lane, &asked, once));
        }
    }

    /// One mailing for a tag.
    fn mail(&mut self, organisation: &str, tag: &str, after: Vec<String>, last: bool) {
        let known = |mailing: &Mailing| mailing.organisation == organisation && mailing.tag == tag;
        if !self.mailings.iter().any(known) {
            self.mailings.push(Mailing {
                organisation: organisation.to_owned(),
                tag: tag.to_owned(),
                after,
                last,
            });
        }
    }
}

/// The organisation in which a row is played: the one of the ordinary rows, the one where only contents are refused,
/// or its own.
fn organisation(provider: &Provider, number: usize, row: &Row) -> String {
    let name = provider.name;
    if row.is_apart() {
        format!("{name}-{number}")
    } else if row.then == super::then::Then::RunPauses {
        format!("{name}-content")
    } else {
        name.to_owned()
    }
}

/// The name by which the simulator knows an organisation's account: FCM's token endpoint, or SMPP's `system_id`.
pub(super) fn account(kind: EndpointKind, organisation: &str) -> String {
    match kind {
        EndpointKind::Fcm => format!("/token/{organisation}"),
        _ => organisation.to_owned(),
    }
}

/// The address of a guest as Bellhop knows it; a browser's is made by the simulator.
pub(super) fn address(kind: EndpointKind, number: u32) -> String {
    match kind {
        EndpointKind::Phone | EndpointKind::WhatsApp => format!("+{}", recipient(kind, number)),
        _ => recipient(kind, number),
    }
}

/// The address as the simulator knows it.
fn recipient(kind: EndpointKind, number: u32) -> String {
    match kind {
        EndpointKind::Fcm => format!("row-token-{number:06}"),
        EndpointKind::Apns => format!("ab{number:062x}"),
        EndpointKind::WebPush => number.to_string(),
        EndpointKind::Phone | EndpointKind::WhatsApp => format!("7999{number:07}"),
        EndpointKind::Telegram => format!("{}", 7_990_000_000_u64 + u64::from(number)),
    }
}
