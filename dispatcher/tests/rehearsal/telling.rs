//! What is told to a world: its guests, its programs, and what happens.

use crate::brand::ORG;
use crate::story::{Card, Happening};
use crate::world::World;
use bellhop_domain::consent::WordSource;
use bellhop_domain::event::Told;
use bellhop_domain::phone::Region;
use bellhop_domain::{Channel, CustomerId, EndpointKind, Phone, Purpose};
use bellhop_store::LiveEvents;
use bellhop_store::guests::{BlacklistMark, Consent, CustomerCard, EndpointRegistration, GuestBase};
use bellhop_store::programs::{NewVersion, ProgramsBook};

impl World {
    pub async fn import(&self, card: &Card) {
        let card = CustomerCard {
            external_id: format!("guest-{}", card.number),
            birthday: card.birthday.as_ref().map(|day| day.parse().unwrap()),
            phones: (card.has_phone.then(|| phone(card.number))).into_iter().collect(),
            fcm_token: card.has_app.then(|| token(card.number)),
            timezone: card.zone.map(|name| bellhop_domain::Zone::named(name).unwrap()),
            tags: card.tag.map(str::to_owned).into_iter().collect(),
            marketing_consent: card.consents.then_some(true),
            ..CustomerCard::default()
        };
        self.store()
            .put_customers(ORG, &[card], "import", self.now())
            .await
            .unwrap();
    }

    pub async fn create(&self, definition: &serde_json::Value) {
        let read = bellhop_programs::read(&definition.to_string());
        let read = read.unwrap_or_else(|faults| panic!("{definition}: {faults:?}"));
        let text = serde_json::to_string(&read).unwrap();
        let mailing = serde_json::to_string(&read.mailing()).unwrap();
        let new = NewVersion {
            name: &read.name,
            definition: &text,
            mailing: &mailing,
        };
        self.store()
            .create_program(ORG, &new, None, "tester", self.now())
            .await
            .unwrap();
    }

    async fn customer(&self, guest: u32) -> CustomerId {
        self.store()
            .customer_id(ORG, &format!("guest-{guest}"))
            .await
            .unwrap()
            .unwrap()
    }

    pub async fn tell(&self, happening: &Happening) {
        match happening {
            Happening::Event(event) => {
                let told = Told::read(event.clone(), Region::RU).unwrap_or_else(|faults| panic!("{event}: {faults:?}"));
                self.store().take_events(ORG, &[told], self.now()).await.unwrap();
            }
            Happening::Consent { guest, given } => {
                let consents = Channel::ALL.map(|channel| Consent {
                    channel,
                    purpose: Purpose::Marketing,
                    given: *given,
                    source: WordSource::Guest,
                    how: "page".to_owned(),
                    text_version: None,
                });
                let customer = self.customer(*guest).await;
                self.store()
                    .set_consents(ORG, customer, &consents, self.now())
                    .await
                    .unwrap();
            }
            Happening::Blacklist { guest } => {
                let mark = BlacklistMark {
                    reason: "asked".to_owned(),
                };
                let customer = self.customer(*guest).await;
                self.store()
                    .set_blacklist(ORG, customer, Some(&mark), "tester", self.now())
                    .await
                    .unwrap();
            }
            Happening::AppGone { guest } => {
                let it = EndpointRegistration {
                    customer: None,
                    kind: EndpointKind::Fcm,
                    address: token(*guest),
                    muted: true,
                };
                self.store().register_endpoint(ORG, &it, self.now()).await.unwrap();
            }
        }
    }
}

fn phone(guest: u32) -> Phone {
    Phone::parse(&format!("+7999{guest:07}"), Region::RU).unwrap()
}

fn token(guest: u32) -> String {
    format!("token-of-guest-{guest}")
}
