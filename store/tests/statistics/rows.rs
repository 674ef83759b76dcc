//! An organisation's rows, as plain values: written to a database, and counted by the reference.

use bellhop_domain::Purpose;

/// Minutes since the first, in which the rows tell time.
pub type Minute = i64;
pub const MINUTE_MS: i64 = 60_000;
/// The first minute of the rows: June 1971.
pub const START_MS: i64 = 44_582_400_000;

/// The instant of a minute.
pub fn instant(minute: Minute) -> i64 {
    START_MS + minute * MINUTE_MS
}

#[derive(Debug, Default, Clone)]
pub struct Rows {
    pub org: i32,
    pub window_hours: i64,
    pub mailings: Vec<Mailing>,
    pub runs: Vec<Run>,
    pub exclusions: Vec<(i64, i16, i64)>,
    pub messages: Vec<Message>,
    pub orders: Vec<Order>,
}

#[derive(Debug, Clone)]
pub struct Mailing {
    pub id: i64,
    pub promo: Option<&'static str>,
}

#[derive(Debug, Clone)]
pub struct Run {
    pub id: i64,
    pub mailing: i64,
    pub state: i16,
    pub test: bool,
    pub purpose: Purpose,
    pub start_at: Minute,
    pub started: bool,
}

#[derive(Debug, Clone, Default)]
pub struct Message {
    pub run: i64,
    /// From January 1970, which its number begins with; absent, its number is anywhere.
    pub month: Option<i64>,
    pub customer: Option<i64>,
    /// The present address: 1 FCM, 4 phone.
    pub kind: i16,
    pub state: i16,
    pub waiting_for: Option<i16>,
    pub sent_at: Option<Minute>,
    /// The channel it was opened on: 0 push, 3 SMS.
    pub opened_channel: Option<i16>,
    pub attempts: Vec<Attempt>,
    /// When, and how: 1 tap, 2 link, 3 preview robot, 4 prefetch.
    pub opens: Vec<(Minute, i16)>,
}

#[derive(Debug, Clone, Default)]
pub struct Attempt {
    pub kind: i16,
    pub state: i16,
    pub reason: Option<&'static str>,
    pub cost: Option<i64>,
}

#[derive(Debug, Clone, Default)]
pub struct Order {
    pub customer: i64,
    pub placed_at: Minute,
    pub status: i16,
    pub total: i64,
    pub promo: Option<&'static str>,
}

impl Message {
    pub fn by_people(&self) -> impl Iterator<Item = &(Minute, i16)> {
        self.opens.iter().filter(|(_, class)| [1, 2, 5, 6].contains(class))
    }
}

/// The organisation's own range of ids.
fn own(org: i32, id: i64) -> i64 {
    i64::from(org) * 1_000_000 + id
}

fn null<T: ToString>(value: Option<T>) -> String {
    value.map_or("NULL".to_owned(), |v| v.to_string())
}

fn text(value: Option<&str>) -> String {
    value.map_or("NULL".to_owned(), |v| format!("'{v}'"))
}

fn ms(minute: Option<Minute>) -> String {
    null(minute.map(instant))
}

impl Rows {
    pub fn sql(&self) -> String {
        let Rows { org, window_hours, .. } = self;
        let mut all = vec![format!(
            "INSERT INTO organisations (id, slug, name, currency, timezone, settings) VALUES
             ({org}, 'o{org}', 'O', 'RUB', 'UTC', '{{\"attribution_window_hours\":{window_hours}}}')"
        )];
        for Mailing { id, promo } in &self.mailings {
            let promo = promo.map_or(String::new(), |p| format!(r#""target_promo":"{p}","#));
            all.push(format!(
                r#"INSERT INTO mailings (id, org_id, name, spec, created_at) VALUES ({id}, {org}, 'm',
                '{{"name":"m","audience":{{}},"contents":{{}},{promo}"waterfall":[{{"channel":"push"}},{{"channel":"sms"}}]}}', 0)"#
            ));
        }
        for run in &self.runs {
            let as_of = null(run.started.then_some(instant(run.start_at)));
            all.push(format!(
                "INSERT INTO runs (id, org_id, mailing_id, state, purpose, origin, lane, test, spec, start_at, as_of) VALUES
                 ({}, {org}, {}, {}, {}, 3, 1, {}, '{{}}', {}, {as_of})",
                run.id,
                run.mailing,
                run.state,
                run.purpose.code(),
                run.test,
                instant(run.start_at)
            ));
        }
        for (run, reason, guests) in &self.exclusions {
            all.push(format!(
                "INSERT INTO run_exclusions (run_id, reason, guests) VALUES ({run}, {reason}, {guests})"
            ));
        }
        for (i, message) in self.messages.iter().enumerate() {
            self.message(&mut all, i as i64, message);
        }
        all.push(self.orders_sql(0));
        all.join(";\n")
    }

    /// The orders from this one on.
    pub fn orders_sql(&self, from: usize) -> String {
        let org = self.org;
        let orders = self.orders.iter().enumerate().skip(from).map(|(i, order)| {
            format!(
                "INSERT INTO orders (org_id, external_id, customer_id, placed_at, status, total, promo) VALUES
                 ({org}, 'n{i}', {}, {}, {}, {}, {})",
                own(org, order.customer),
                instant(order.placed_at),
                order.status,
                order.total,
                text(order.promo)
            )
        });
        orders.collect::<Vec<_>>().join(";\n")
    }

    fn message(&self, all: &mut Vec<String>, i: i64, message: &Message) {
        let (org, n) = (self.org, own(self.org, i));
        let id = message.month.map_or(n, |month| (month << 40) + n);
        let first = |class: i16| {
            message
                .by_people()
                .filter(|(_, c)| class == 0 || *c == class)
                .map(|(at, _)| *at)
                .min()
        };
        all.push(format!(
            "INSERT INTO endpoints (id, org_id, kind, address, state_since, registered_at) VALUES
             ({n}, {org}, {}, 'a{n}', 0, 0)",
            message.kind
        ));
        all.push(format!(
            "INSERT INTO messages (id, org_id, run_id, batch_id, customer_id, endpoint_id, once_per_address, step, state,
             waiting_for, sent_at, opened_at, opened_channel, link_opened_at) VALUES ({id}, {org}, {}, 1, {}, {n}, TRUE, 0, {}, {}, {}, {}, {}, {})",
            message.run,
            null(message.customer.map(|c| own(org, c))),
            message.state,
            null(message.waiting_for),
            ms(message.sent_at),
            ms(first(0)),
            null(message.opened_channel),
            ms(first(2))
        ));
        for (lease, attempt) in message.attempts.iter().enumerate() {
            all.push(format!(
                "INSERT INTO attempts (message_id, lease, org_id, run_id, kind, sender, endpoint_id, state, started_at,
                 reason, cost) VALUES ({id}, {lease}, {org}, {}, {}, 's', {n}, {}, 0, {}, {})",
                message.run,
                attempt.kind,
                attempt.state,
                text(attempt.reason),
                null(attempt.cost)
            ));
        }
        for (at, class) in &message.opens {
            all.push(format!(
                "INSERT INTO opens (org_id, message_id, at, class) VALUES ({org}, {id}, {}, {class})",
                instant(*at)
            ));
        }
    }
}
