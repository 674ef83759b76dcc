//! A day, a night and a morning: what happens, minute by minute, and what is to follow from it.

use anyhow::{Result, ensure};
use bellhop_domain::Timestamp;
use serde_json::{Value, json};

use super::cast::{Fate, Fates};
use super::times::Times;
use super::twelve::Story;

const ONCE_MORE: &str = "again";

/// What a cart is told to be.
fn cart(total: u32) -> Value {
    let items = match total {
        0 => json!([]),
        _ => json!([{ "dish": "Маргарита", "quantity": 1, "price": total }]),
    };
    json!({ "cart": { "total": total, "items": items } })
}

impl Story<'_> {
    /// An order of each of these guests has this status now.
    fn order(&mut self, name: &'static str, status: &str, which: &str, source: &str) {
        let placed_at = self.now;
        self.happens(name, &format!("order.{status}"), |id| {
            json!({ "order": { "number": format!("{id}-{which}"), "placed_at": placed_at, "total": 700, "source": source } })
        });
    }

    /// It is delivered, of which two programs tell.
    fn delivered(&mut self, name: &'static str, which: &str) {
        self.order(name, "delivered", which, "app");
        self.fates.sent("order-delivered", name, self.now);
    }

    fn carts(&mut self, names: &[&'static str], total: u32) {
        for name in names {
            self.happens(name, "cart.changed", |_| cart(total));
        }
    }

    pub(super) async fn play(&mut self, times: &Times) -> Result<()> {
        let (noon, half_past, one) = (times.at(0, 12, 0)?, times.at(0, 12, 30)?, times.at(0, 13, 0)?);
        let (half_past_one, two) = (times.at(0, 13, 30)?, times.at(0, 14, 0)?);
        self.begin(times.at(0, 11, 55)?)?;
        for name in ["status-silent", "accrued-silent"] {
            self.says(name, "notification", false).await?;
        }
        self.begin(noon)?;
        self.noon(times, one)?;
        self.minute().await?;
        self.begin(half_past)?;
        self.half_past(half_past_one).await?;
        self.minute().await?;
        self.begin(one)?;
        self.delivered("status", "1");
        self.delivered("newcomer", "2");
        for name in ["status", "newcomer"] {
            self.fates.sent("review-request", name, two);
        }
        self.minute().await?;
        self.begin(half_past_one)?;
        self.minute().await?;
        self.begin(two)?;
        self.carts(&["cart-again"], 500);
        self.fates
            .expect("abandoned-cart", "cart-again", Fate::Not(&["skipped re_entry"]));
        self.minute().await?;
        self.begin(times.at(0, 15, 0)?)?;
        self.minute().await?;
        self.night(times).await?;
        self.morning(times).await
    }

    /// What is at once, and what begins to wait.
    fn noon(&mut self, times: &Times, one: Timestamp) -> Result<()> {
        let noon = self.now;
        let carts = [
            "cart",
            "cart-changed",
            "cart-ordered",
            "cart-emptied",
            "cart-withdrew",
            "cart-again",
            "cart-blacklisted",
        ];
        self.carts(&carts, 900);
        for name in ["cart", "cart-again"] {
            self.fates.sent("abandoned-cart", name, one);
        }
        self.order("status", "placed", "1", "app");
        self.fates.sent("order-placed", "status", noon);
        self.order("status-silent", "placed", "1", "app");
        self.fates
            .expect("order-placed", "status-silent", Fate::Not(&["skipped no_consent"]));
        self.order("status-aggregator", "placed", "1", "aggregator");
        self.happened(
            "status-late",
            "order.cooking",
            times.at(0, 11, 40)?,
            |id| json!({ "order": { "number": format!("{id}-1"), "placed_at": noon, "total": 700 } }),
        );
        self.fates
            .expect("order-cooking", "status-late", Fate::Not(&["skipped late"]));
        for name in ["request", "request-reviewed", "request-cancelled"] {
            self.delivered(name, "1");
        }
        self.fates.sent("review-request", "request", one);
        for (name, amount) in [("accrued", 125), ("accrued-silent", 125), ("accrued-nothing", 0)] {
            self.happens(
                name,
                "bonuses.accrued",
                |_| json!({ "bonus_amount": amount, "balance": 340 }),
            );
        }
        self.fates.sent("bonus-accrued", "accrued", noon);
        self.fates
            .expect("bonus-accrued", "accrued-silent", Fate::Not(&["skipped no_consent"]));
        for name in ["review", "review-refuses"] {
            self.review(name);
        }
        self.fates.sent("review-bonus", "review", noon);
        self.fates
            .expect("review-bonus", "review-refuses", Fate::Not(&["skipped no_consent"]));
        self.strangers(noon, times)?;
        for name in ["burning", "burning-spent"] {
            let at = times.at(5, 0, 0)?;
            self.happens(
                name,
                "bonuses.changed",
                |_| json!({ "balance": 340, "burns": [{ "amount": 215, "at": at }] }),
            );
        }
        Ok(())
    }

    /// Who registers, who comes by an invitation, and what only the brand knows of.
    fn strangers(&mut self, noon: Timestamp, times: &Times) -> Result<()> {
        for (name, source) in [
            ("welcome", "site"),
            ("welcome-refuses", "app"),
            ("welcome-operator", "operator"),
        ] {
            self.happens(name, "guest.registered", |_| json!({ "guest": { "source": source } }));
        }
        self.fates.sent("welcome-bonus", "welcome", noon);
        self.fates
            .expect("welcome-bonus", "welcome-refuses", Fate::Not(&["skipped no_consent"]));
        for (name, inviter) in [("newcomer", "inviter"), ("newcomer-of-refusing", "inviter-refuses")] {
            self.happens(name, "referral.joined", |id| {
                let copy = id.rsplit('-').next().unwrap_or_default();
                json!({ "referral": { "by": format!("{inviter}-{copy}"), "code": "ANNA" } })
            });
        }
        let table = |_: &str| json!({ "name": "table.booked", "guests": 4, "time": "19:00" });
        self.happens("booked", "custom", table);
        self.fates.sent("custom", "booked", noon);
        self.happens("booked-other", "custom", |_| json!({ "name": "table.left" }));
        self.happened("booked-late", "custom", times.at(0, 10, 50)?, table);
        self.fates.expect("custom", "booked-late", Fate::Not(&["skipped late"]));
        Ok(())
    }

    fn review(&mut self, name: &'static str) {
        self.happens(
            name,
            "review.left",
            |id| json!({ "review": { "stars": 5, "text": "Вкусно!", "order": format!("{id}-1") } }),
        );
    }

    /// Clocks restart, and what waits is cancelled.
    async fn half_past(&mut self, half_past_one: Timestamp) -> Result<()> {
        let now = self.now;
        self.carts(&["cart-changed"], 1_250);
        self.fates.sent("abandoned-cart", "cart-changed", half_past_one);
        self.order("cart-ordered", "placed", "1", "app");
        self.fates.sent("order-placed", "cart-ordered", now);
        self.carts(&["cart-emptied"], 0);
        for name in ["cart-ordered", "cart-emptied"] {
            self.fates
                .expect("abandoned-cart", name, Fate::Not(&["cancelled cancelled_by_event"]));
        }
        self.says("cart-withdrew", "marketing", false).await?;
        self.fates
            .expect("abandoned-cart", "cart-withdrew", Fate::Not(&["skipped no_consent"]));
        self.blacklist("cart-blacklisted").await?;
        self.fates.expect(
            "abandoned-cart",
            "cart-blacklisted",
            Fate::Not(&["skipped blacklisted"]),
        );
        for status in ["cooking", "on_its_way"] {
            self.order("status", status, "1", "app");
        }
        self.fates.sent("order-cooking", "status", now);
        self.fates.sent("order-on-its-way", "status", now);
        self.review("request-reviewed");
        self.fates.sent("review-bonus", "request-reviewed", now);
        self.order("request-cancelled", "cancelled", "1", "app");
        for name in ["request-reviewed", "request-cancelled"] {
            self.fates
                .expect("review-request", name, Fate::Not(&["cancelled cancelled_by_event"]));
        }
        for (newcomer, inviter) in [("newcomer", "inviter"), ("newcomer-of-refusing", "inviter-refuses")] {
            self.delivered(newcomer, "1");
            self.fates.sent("review-request", newcomer, half_past_one);
            let fate = match inviter {
                "inviter" => Fate::Sent(now),
                _ => Fate::Not(&["skipped no_consent"]),
            };
            self.fates.expect("referral-bonus", inviter, fate);
        }
        // Once for an order, and once for ever.
        self.happens(
            "review",
            "review.left",
            |id| json!({ "review": { "stars": 4, "order": format!("{id}-1"), "source": ONCE_MORE } }),
        );
        self.happens(
            "welcome",
            "guest.registered",
            |_| json!({ "guest": { "source": "app" } }),
        );
        Ok(())
    }

    /// A notification that keeps quiet hours waits for the morning, and one that does not goes.
    async fn night(&mut self, times: &Times) -> Result<()> {
        self.begin(times.at(0, 22, 30)?)?;
        self.delivered("request-night", "1");
        self.fates.sent("review-request", "request-night", times.at(1, 9, 0)?);
        self.minute().await?;
        self.begin(times.at(0, 23, 30)?)?;
        self.minute().await?;
        self.blacklist("birthday-blacklisted").await?;
        self.begin(times.at(1, 9, 0)?)?;
        self.minute().await
    }

    /// The dates of ten o'clock, of which two have moved five minutes before.
    async fn morning(&mut self, times: &Times) -> Result<()> {
        let ten = times.at(1, 10, 0)?;
        self.begin(times.at(1, 9, 55)?)?;
        self.happens("burning-spent", "bonuses.changed", |_| json!({ "balance": 0 }));
        self.order("lost-back", "placed", "1", "app");
        self.fates.sent("order-placed", "lost-back", self.now);
        for (preset, name) in [("bonus-expiry", "burning-spent"), ("retention-change", "lost-back")] {
            // A round may have found it before its moment.
            self.fates
                .expect(preset, name, Fate::Not(&["skipped guard", "cancelled replanned"]));
        }
        self.minute().await?;
        for (preset, name) in [
            ("birthday-message", "birthday"),
            ("birthday-bonus", "gift"),
            ("bonus-expiry", "burning"),
            ("retention-change", "lost"),
        ] {
            self.fates.sent(preset, name, ten);
        }
        let not = |fates: &mut Fates, preset, name, why| fates.expect(preset, name, Fate::Not(why));
        not(
            &mut self.fates,
            "birthday-message",
            "birthday-no-app",
            &["skipped no_address"],
        );
        not(
            &mut self.fates,
            "birthday-message",
            "birthday-blacklisted",
            &["skipped blacklisted"],
        );
        not(
            &mut self.fates,
            "birthday-bonus",
            "gift-refuses",
            &["skipped no_consent"],
        );
        self.begin(ten)?;
        self.minute().await?;
        self.begin(times.at(1, 10, 5)?)?;
        self.carts(&["cart-off"], 700);
        self.minute().await?;
        self.fates
            .expect("abandoned-cart", "cart-off", Fate::Not(&["skipped switched_off"]));
        let ended = self.switch_off("abandoned-cart").await?;
        ensure!(
            ended == self.cast.named("cart-off").count() as u64,
            "{ended} were ended"
        );
        Ok(())
    }
}
