//! Guests of a small base, as the ledger sees them.

use crate::world::World;
use bellhop_domain::*;

/// Who a guest is: their addresses and consents.
#[derive(Default, Clone, Copy)]
pub struct Who<'a> {
    pub token: Option<&'a str>,
    pub web_push: Option<&'a str>,
    pub whatsapp: Option<&'a str>,
    pub phone: Option<&'a str>,
    /// On every channel that no address above is of, an address of their own.
    pub everywhere: bool,
    /// Bits of the channels that they want nothing on.
    pub refuses: i64,
    pub blacklisted: bool,
}

impl World {
    /// A guest with facts as the guest base would compute them.
    pub async fn guest(&self, id: i64, who: Who<'_>) {
        let at = self.now.0 - 1;
        self.exec(&format!(
            "INSERT INTO customers (id, org_id, external_id, name) VALUES ({id}, 1, 'c{id}', 'Guest {id}')"
        ))
        .await;
        let addresses = [
            (EndpointKind::Fcm, who.token),
            (EndpointKind::WebPush, who.web_push),
            (EndpointKind::WhatsApp, who.whatsapp),
            (EndpointKind::Phone, who.phone),
        ];
        let given = addresses
            .into_iter()
            .filter_map(|(kind, address)| Some((kind, address?.to_owned())));
        let mut addresses: Vec<_> = given.collect();
        for kind in EndpointKind::ALL.into_iter().filter(|_| who.everywhere) {
            if addresses.iter().all(|(other, _)| other.channel() != kind.channel()) {
                addresses.push((kind, format!("{}-{id}", kind.name())));
            }
        }
        let mut live = Vec::new();
        for (kind, address) in addresses {
            let kind = kind.code();
            self.exec(&format!(
                "INSERT INTO endpoints (org_id, kind, address, state, state_since, registered_at)
                 VALUES (1, {kind}, '{address}', 1, {at}, {at}) ON CONFLICT (org_id, kind, address) DO NOTHING"
            ))
            .await;
            let endpoint = self
                .number(&format!(
                    "SELECT id AS x FROM endpoints WHERE kind = {kind} AND address = '{address}'"
                ))
                .await;
            self.exec(&format!(
                "INSERT INTO customer_endpoints (customer_id, endpoint_id) VALUES ({id}, {endpoint})"
            ))
            .await;
            live.push(format!("[{kind},{endpoint}]"));
        }
        let live = live.join(",");
        let wanted = Channel::ALL
            .into_iter()
            .filter(|channel| who.refuses & channel.bit() == 0);
        let consents: i64 = wanted.clone().map(Channel::bit).sum();
        let blacklisted = if who.blacklisted { "TRUE" } else { "FALSE" };
        for channel in wanted {
            let channel = channel as i64;
            self.exec(&format!(
                "INSERT INTO consents (org_id, customer_id, channel, purpose, given, source, at, how)
                 VALUES (1, {id}, {channel}, 1, TRUE, 1, {at}, 'test')"
            ))
            .await;
        }
        self.exec(&format!(
            "INSERT INTO customer_facts (customer_id, org_id, consent_mask, blacklisted, live_endpoints)
             VALUES ({id}, 1, {consents}, {blacklisted}, '[{live}]')"
        ))
        .await;
    }

    /// Guests 1…n, each with an app and a phone of their own.
    pub async fn guests(&self, n: i64) {
        for id in 1..=n {
            let (token, phone) = (format!("token-{id}"), format!("+7999000{id:04}"));
            let who = Who {
                token: Some(&token),
                phone: Some(&phone),
                ..Who::default()
            };
            self.guest(id, who).await;
        }
    }

    /// A guest who is reached on every channel.
    pub async fn reachable(&self, id: i64) {
        let (token, site) = (format!("token-{id}"), format!("site-{id}"));
        let phone = format!("+7999000{id:04}");
        let who = Who {
            token: Some(&token),
            web_push: Some(&site),
            whatsapp: Some(&phone),
            phone: Some(&phone),
            everywhere: true,
            ..Who::default()
        };
        self.guest(id, who).await;
    }
}
