//! Logging in by another service, played here by OpenID Connect Core: what fits comes in, and nothing else.

use crate::people_world::{Browser, cookie_of};
use crate::world::{World, header};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use axum::Router;
use axum::extract::{Form, State};
use axum::http::HeaderMap;
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD as BASE64};
use bellhop_api::OidcService;
use bellhop_domain::role::Role;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::SecretString;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// The service: what it signs with, and what it says of whoever logs in.
#[derive(Clone)]
struct Service {
    url: String,
    key: Arc<Vec<u8>>,
    public: Arc<Vec<u8>>,
    /// Of the login under way.
    challenge: Arc<Mutex<String>>,
    header: Arc<Mutex<Header>>,
    claims: Arc<Mutex<Value>>,
}

impl Service {
    async fn start() -> Self {
        let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key.as_ref()).unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let service = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            public: Arc::new(pair.public_key().as_ref().to_vec()),
            key: Arc::new(key.as_ref().to_vec()),
            challenge: Arc::default(),
            header: Arc::new(Mutex::new(signed_by("one"))),
            claims: Arc::default(),
        };
        let app = Router::new()
            .route("/.well-known/openid-configuration", get(metadata))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .with_state(service.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        service
    }

    fn of_bellhop(&self) -> OidcService {
        OidcService {
            issuer: self.url.clone(),
            client_id: "bell hop".to_owned(),
            client_secret: SecretString::from("s3cret:%"),
        }
    }
}

fn signed_by(key: &str) -> Header {
    Header {
        kid: Some(key.to_owned()),
        ..Header::new(Algorithm::ES256)
    }
}

async fn metadata(State(it): State<Service>) -> axum::Json<Value> {
    let url = it.url;
    axum::Json(
        json!({ "issuer": url, "authorization_endpoint": format!("{url}/auth?tenant=1"),
                       "token_endpoint": format!("{url}/token"), "jwks_uri": format!("{url}/keys") }),
    )
}

async fn keys(State(it): State<Service>) -> axum::Json<Value> {
    let (x, y) = it.public[1..].split_at(32);
    axum::Json(
        json!({ "keys": [{ "kty": "EC", "crv": "P-256", "kid": "one", "use": "sig",
                                  "x": BASE64.encode(x), "y": BASE64.encode(y) }] }),
    )
}

async fn token(
    State(it): State<Service>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Result<axum::Json<Value>, axum::http::StatusCode> {
    let basic = format!("Basic {}", STANDARD.encode("bell+hop:s3cret%3A%25"));
    let challenge = BASE64.encode(Sha256::digest(form["code_verifier"].as_bytes()));
    let fits = headers["authorization"] == basic.as_str()
        && form["grant_type"] == "authorization_code"
        && form["code"] == "good"
        && form["redirect_uri"] == "https://bellhop.example/v1/session/oidc/callback"
        && challenge == *it.challenge.lock().unwrap();
    if !fits {
        return Err(axum::http::StatusCode::BAD_REQUEST);
    }
    let (header, claims) = (it.header.lock().unwrap().clone(), it.claims.lock().unwrap().clone());
    let key = match header.alg {
        Algorithm::HS256 => EncodingKey::from_secret(b"s3cret:%"),
        _ => EncodingKey::from_ec_der(&it.key),
    };
    let signed = jsonwebtoken::encode(&header, &claims, &key).unwrap();
    Ok(axum::Json(
        json!({ "access_token": "x", "token_type": "Bearer", "id_token": signed }),
    ))
}

/// A browser on its way.
struct Way {
    cookie: String,
    state: String,
    nonce: String,
}

async fn go(world: &World, service: &Service, to: &str) -> Way {
    let response = world
        .get(&format!("/v1/session/oidc?return_to={to}"))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 303);
    let cookie = cookie_of(&response).unwrap();
    assert!(cookie.starts_with("__Host-bellhop_oidc="), "{cookie}");
    let url = url::Url::parse(header(&response, "location").unwrap()).unwrap();
    let asked: HashMap<_, _> = url.query_pairs().into_owned().collect();
    assert!(
        url.as_str().starts_with(&format!("{}/auth?tenant=1&", service.url)),
        "{url}"
    );
    assert_eq!(
        (asked["code_challenge_method"].as_str(), asked["scope"].as_str()),
        ("S256", "openid email")
    );
    *service.challenge.lock().unwrap() = asked["code_challenge"].clone();
    let (state, nonce) = (asked["state"].clone(), asked["nonce"].clone());
    Way { cookie, state, nonce }
}

/// What the service says when all is well.
fn claims(world: &World, service: &Service, nonce: &str, email: &str) -> Value {
    json!({ "iss": service.url, "aud": "bell hop", "sub": "7", "exp": world.now().0 / 1000 + 300, "nonce": nonce,
            "email": email, "email_verified": true })
}

async fn back(world: &World, way: &Way, state: &str, code: &str) -> reqwest::Response {
    let request = world.get(&format!("/v1/session/oidc/callback?code={code}&state={state}"));
    request.header("cookie", &way.cookie).send().await.unwrap()
}

async fn with_anna() -> (World, Service, Browser) {
    let service = Service::start().await;
    let world = World::with_service(service.of_bellhop()).await;
    let anna = world.person(Role::Marketer).await;
    (world, service, anna)
}

#[tokio::test]
async fn whom_the_service_knows_comes_in_and_goes_on() {
    let (world, service, anna) = with_anna().await;
    let way = go(&world, &service, "%2Fmailings%3Fstate%3Ddraft").await;
    *service.claims.lock().unwrap() = claims(&world, &service, &way.nonce, &anna.email.to_uppercase());
    let response = back(&world, &way, &way.state, "good").await;
    assert_eq!(
        (response.status().as_u16(), header(&response, "location")),
        (303, Some("/mailings?state=draft"))
    );
    let session = cookie_of(&response).unwrap();
    assert!(session.starts_with("__Host-bellhop_session="), "{session}");
    let me: Value = world
        .get("/v1/session")
        .header("cookie", session)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(me["person"]["id"], anna.person);
    // An open redirect is none.
    let way = go(&world, &service, "https%3A%2F%2Fevil.example").await;
    *service.claims.lock().unwrap() = claims(&world, &service, &way.nonce, &anna.email);
    assert_eq!(
        header(&back(&world, &way, &way.state, "good").await, "location"),
        Some("/")
    );
}

#[tokio::test]
async fn nobody_else_comes_in() {
    let (world, service, anna) = with_anna().await;
    let (_, invited) = world.invited(world.org, Role::Viewer, None).await;
    let way = go(&world, &service, "/").await;
    let good = claims(&world, &service, &way.nonce, &anna.email);
    let with = |key: &str, value: Value| {
        let mut claims = good.clone();
        claims[key] = value;
        claims
    };
    for (claims, status) in [
        (with("nonce", json!("0")), 400),
        (with("nonce", json!(null)), 400),
        (with("aud", json!("another client")), 400),
        (with("aud", json!(["bell hop", "another client"])), 400),
        (with("azp", json!("another client")), 400),
        (with("iss", json!("https://evil.example")), 400),
        (with("exp", json!(world.now().0 / 1000 - 300)), 400),
        (with("email_verified", json!(false)), 400),
        (with("email_verified", json!(null)), 400),
        (with("email", json!(null)), 400),
        (with("email", json!("stranger@brand.example")), 403),
        (with("email", json!(invited)), 403),
        (good.clone(), 303),
    ] {
        *service.claims.lock().unwrap() = claims.clone();
        let response = back(&world, &way, &way.state, "good").await;
        assert_eq!(response.status(), status, "{claims}");
        assert_eq!(cookie_of(&response).is_some(), status == 303, "{claims}");
    }
    // Signed by what we know too, or by a key that the service does not name.
    *service.claims.lock().unwrap() = good;
    for header in [Header::new(Algorithm::HS256), signed_by("another")] {
        *service.header.lock().unwrap() = header;
        assert_eq!(back(&world, &way, &way.state, "good").await.status(), 400);
    }
    *service.header.lock().unwrap() = signed_by("one");
    assert_eq!(back(&world, &way, &way.state, "bad").await.status(), 400);
    // Another browser's way: Eve's code in Anna's browser logs in nobody.
    let other = go(&world, &service, "/").await;
    assert_eq!(back(&world, &way, &other.state, "good").await.status(), 400);
    assert_eq!(back(&world, &other, &way.state, "good").await.status(), 400);
    let none = world
        .get(&format!("/v1/session/oidc/callback?code=good&state={}", way.state))
        .send()
        .await
        .unwrap();
    assert_eq!(none.status(), 400);
}

#[tokio::test]
async fn without_a_service_there_is_no_such_door() {
    let world = World::new().await;
    let response = world.get("/v1/session/oidc").send().await.unwrap();
    assert_eq!(
        (response.status().as_u16(), header(&response, "bellhop-code")),
        (404, Some("oidc_absent"))
    );
}
