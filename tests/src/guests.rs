//! Guest lists as a brand's CRM would export them. Every guest's address contains the guest's number, so that what
//! the simulator accepted can be compared with the list.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result};

/// How a guest can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The app, no phone.
    App,
    /// A phone, no app.
    Phone,
    /// WhatsApp, by a number that takes no SMS.
    WhatsApp,
    /// Both.
    AppAndPhone,
    /// A phone, and an app that was uninstalled: the simulator refuses its token for good.
    DeadAppAndPhone,
}

/// The FCM token of guest `number`.
pub fn token(number: u32) -> String {
    format!("token-{number:07}")
}

/// The phone of guest `number`, E.164: in the Russian mobile range 999.
pub fn phone(number: u32) -> String {
    format!("+7999{number:07}")
}

/// Writes a customers file of `count` guests, all of whom consent to marketing.
///
/// # Errors
/// When the file cannot be written.
pub fn write(file: &Path, count: u32, reach: impl Fn(u32) -> Reach) -> Result<()> {
    let mut text = String::from("customer_id,name,phone,fcm_token,whatsapp,marketing_consent\n");
    for number in 1..=count {
        let none = String::new;
        let (phone, token, whatsapp) = match reach(number) {
            Reach::App => (none(), token(number), none()),
            Reach::Phone => (phone(number), none(), none()),
            Reach::WhatsApp => (none(), none(), phone(number)),
            Reach::AppAndPhone => (phone(number), token(number), none()),
            Reach::DeadAppAndPhone => (phone(number), format!("sim:unregistered:{}", token(number)), none()),
        };
        writeln!(text, "guest-{number},Guest {number},{phone},{token},{whatsapp},yes")?;
    }
    std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}

/// A mailing to everybody: a push, and an SMS to those whom it cannot reach.
pub fn mailing(name: &str) -> serde_json::Value {
    serde_json::json!({
        "name": name,
        "audience": { "all": [] },
        "contents": {
            "push": { "title": "We miss you", "body": "Two pizzas for the price of one until Sunday" },
            "sms": { "text": "Two pizzas for the price of one until Sunday: {link}" },
        },
        "link": "https://pizza.example/promo",
        "waterfall": [{ "channel": "push", "success": "accepted" }, { "channel": "sms" }],
        "expires_after_minutes": 600,
    })
}
