//! People of the world's organisation and of another, and their browsers.

use crate::world::{LINK, World, answer};
use bellhop_api::{Bounds, Oidc, OidcService};
use bellhop_domain::role::Role;
use bellhop_domain::{OrgId, Timestamp};
use bellhop_store::accounts::{Invited, Links};
use bellhop_store::guests::Organisations;
use reqwest::{RequestBuilder, Response};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicI64, AtomicU8, Ordering};
use std::time::Duration;

pub const PASSWORD: &str = "kettle on the roof";

/// A browser in which somebody is logged in.
#[derive(Debug, Clone)]
pub struct Browser {
    pub email: String,
    pub person: i64,
    pub cookie: String,
    pub csrf: String,
}

impl Browser {
    /// The request with its cookie, and with the token that our own pages send.
    pub fn asks(&self, request: RequestBuilder) -> RequestBuilder {
        self.sends(request).header("x-csrf-token", &self.csrf)
    }

    /// The request with its cookie alone, as any page can have it made.
    pub fn sends(&self, request: RequestBuilder) -> RequestBuilder {
        request.header("cookie", &self.cookie)
    }
}

/// The cookie that an answer sets.
pub fn cookie_of(response: &Response) -> Option<String> {
    let set = response.headers().get("set-cookie")?.to_str().unwrap();
    set.split(';').next().map(str::to_owned)
}

/// The browser in which this answer has logged somebody in.
pub async fn browser(response: Response) -> Browser {
    let cookie = cookie_of(&response);
    let (status, body) = (response.status(), response.json::<Value>().await.unwrap());
    assert_eq!(status, 200, "{body}");
    Browser {
        email: body["person"]["email"].as_str().unwrap().to_owned(),
        person: body["person"]["id"].as_i64().unwrap(),
        cookie: cookie.expect("the answer sets a cookie"),
        csrf: body["csrf"].as_str().unwrap().to_owned(),
    }
}

/// Bytes that are different at each call, as random as a test needs.
pub fn random() -> [u8; 32] {
    static NEXT: AtomicI64 = AtomicI64::new(1);
    let mut bytes = [0x5a; 32];
    bytes[..8].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_le_bytes());
    bytes
}

impl World {
    /// A world in which people log in by another service too.
    pub async fn with_service(service: OidcService) -> Self {
        let oidc = Oidc::new(service).unwrap();
        Self::made(LINK, None, Bounds::default(), Some(oidc)).await
    }

    /// Moves the clock on.
    pub fn pass(&self, time: Duration) {
        self.clock.fetch_add(time.as_millis() as i64, Ordering::Relaxed);
    }

    pub fn now(&self) -> Timestamp {
        Timestamp(self.clock.load(Ordering::Relaxed))
    }

    /// The token of a link for somebody new, and their e-mail.
    pub async fn invited(&self, org: OrgId, role: Role, restaurants: Option<&[String]>) -> (String, String) {
        static NEXT: AtomicU8 = AtomicU8::new(1);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let email = format!("{}{number}@brand.example", role.name());
        let invited = Invited {
            email: &email,
            role,
            restaurants,
            locale: "en",
        };
        let mut random = [0xab; 32];
        random[0] = number;
        let invited = self.store.invite(org, invited, random, "tester", self.now());
        (invited.await.unwrap().1.expose_secret().to_owned(), email)
    }

    /// Somebody who has come in by a link.
    pub async fn person_of(&self, org: OrgId, role: Role, restaurants: Option<&[String]>) -> Browser {
        let (link, _) = self.invited(org, role, restaurants).await;
        let said = json!({ "name": format!("A {}", role.name()), "password": PASSWORD });
        browser(
            self.post(&format!("/v1/invitations/{link}"))
                .json(&said)
                .send()
                .await
                .unwrap(),
        )
        .await
    }

    pub async fn person(&self, role: Role) -> Browser {
        self.person_of(self.org, role, None).await
    }

    /// The other organisation of the world.
    pub async fn rival(&self) -> OrgId {
        use bellhop_store::guests::{OrganisationSpec, OrganisationsOfTests, Settings};
        let spec = OrganisationSpec {
            slug: "rival".into(),
            name: "Rival".into(),
            currency: "RUB".into(),
            timezone: bellhop_domain::Zone::utc(),
            settings: Settings::default(),
        };
        match self.store.organisation("rival").await.unwrap() {
            Some(there) => there.id,
            None => self.store.put_organisation(&spec).await.unwrap().id,
        }
    }

    pub fn log_in(&self, email: &str, password: &str) -> RequestBuilder {
        self.post("/v1/session")
            .json(&json!({ "email": email, "password": password }))
    }
}

/// The status and the code of a problem.
pub async fn refusal(request: RequestBuilder) -> (u16, String) {
    let (status, body) = answer(request).await;
    (status, body["code"].as_str().unwrap_or_default().to_owned())
}
