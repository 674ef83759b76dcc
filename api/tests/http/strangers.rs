//! What callers without a key, a signature or manners get, and what they cost.

use crate::asking::ask;
use crate::world::{LINK, NOW, World, answer, places};
use bellhop_api::{Bounds, Permission, table};
use bellhop_store::guests::{ApiKeys, Scope};
use serde_json::json;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

const PATIENCE: Duration = Duration::from_secs(30);

/// Opens a connection and sends any text.
async fn raw(world: &World, text: &str) -> TcpStream {
    let address = world.url.strip_prefix("http://").unwrap();
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(text.as_bytes()).await.unwrap();
    socket
}

/// Everything that is answered until the other side ends the connection.
async fn told(socket: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let read = tokio::time::timeout(PATIENCE, socket.read_to_end(&mut text)).await;
    // A reset ends it too.
    let _ = read.expect("the connection stays open");
    String::from_utf8_lossy(&text).into_owned()
}

#[tokio::test]
async fn a_stranger_is_answered_from_the_header_and_the_connection_ends() {
    let world = World::new().await;
    let key = world.key(&[Scope::Opens]).await;
    for (path, authorization, status) in [
        ("/v1/orders", String::new(), 401),
        ("/v1/opens", "Authorization: Bearer nonsense\r\n".to_owned(), 401),
        (
            "/v1/endpoints",
            format!("Authorization: Bearer bellhop_{}\r\n", "a".repeat(64)),
            401,
        ),
        ("/v1/messages", format!("Authorization: Bearer {key}\r\n"), 403),
        ("/webhooks/brand/nobody", String::new(), 404),
    ] {
        // Eight megabytes are announced, and not one byte of them comes.
        let head = format!("POST {path} HTTP/1.1\r\nHost: b\r\n{authorization}Content-Length: 8388608\r\n\r\n");
        let answer = told(&mut raw(&world, &head).await).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{path}: {answer}");
        assert!(answer.to_lowercase().contains("connection: close"), "{path}: {answer}");
    }
}

#[tokio::test]
async fn who_sends_on_all_the_same_still_reads_the_answer() {
    let world = World::new().await;
    let body = format!("{{\"orders\":[{}]}}", " ".repeat(7 << 20));
    let request = world.post("/v1/orders").header("content-type", "application/json");
    assert!(places(401, &answer(request.body(body)).await).is_empty());
}

#[tokio::test]
async fn each_path_has_its_own_limit() {
    let world = World::new().await;
    let key = world.key(&Scope::ALL).await;
    // A person's own routes know no key: whoever sends one is refused before the body. Guests' pages answer in words.
    let bounds = table()
        .into_iter()
        .filter(|route| !matches!(route.permission(), Permission::Person | Permission::Address))
        .filter_map(|route| Some((route.at(), route.body_bytes()?)));
    for (at, most) in bounds {
        let path = at.path;
        for (length, too_long) in [(most, false), (most + 1, true)] {
            let request = ask(&world, at, at.verbs[0]).bearer_auth(&key);
            let request = request.header("content-type", "application/json");
            let (status, _) = answer(request.body(" ".repeat(length))).await;
            assert_eq!(status == 413, too_long, "{path} {length}: {status}");
        }
    }
}

#[tokio::test]
async fn a_header_that_does_not_end_is_not_waited_for() {
    let idle = Duration::from_secs(1);
    let bounds = Bounds {
        idle,
        ..Bounds::default()
    };
    let world = World::bounded(LINK, None, bounds).await;
    for beginning in ["", "P", "PRI * HTTP/2.0\r\n", "POST /v1/orders HTTP/1.1\r\nHost: b\r\n"] {
        let mut socket = raw(&world, beginning).await;
        told(&mut socket).await;
    }
    // An unused keep-alive connection is treated no better.
    let mut socket = raw(&world, "GET /healthz HTTP/1.1\r\nHost: b\r\n\r\n").await;
    assert!(told(&mut socket).await.ends_with("ok\n"));
}

#[tokio::test]
async fn a_header_or_a_path_without_end_is_refused() {
    let world = World::new().await;
    let path = format!("/l/{}", "a".repeat(5_000));
    assert_eq!(world.get(&path).send().await.unwrap().status(), 414);
    let agent = "a".repeat(20_000);
    let refused = world.get("/healthz").header("user-agent", agent).send().await.unwrap();
    assert_eq!(refused.status(), 431);
    assert_eq!(world.get("/healthz").send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_body_that_stops_is_not_waited_for() {
    let body = Duration::from_millis(500);
    let bounds = Bounds {
        body,
        ..Bounds::default()
    };
    let world = World::bounded(LINK, None, bounds).await;
    let key = world.key(&[Scope::Opens]).await;
    let head = format!(
        "POST /v1/opens HTTP/1.1\r\nHost: b\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n\
         Content-Length: 100\r\n\r\n{{"
    );
    let answer = told(&mut raw(&world, &head).await).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
}

#[tokio::test]
async fn when_all_places_are_taken_the_silent_make_room() {
    let bounds = Bounds {
        connections: 20,
        idle: Duration::from_secs(600),
        body: Duration::from_secs(600),
        ..Bounds::default()
    };
    let world = World::bounded(LINK, None, bounds).await;
    let key = world.key(&Scope::ALL).await;
    let mut silent = Vec::new();
    for i in 0..100 {
        let text = match i % 3 {
            0 => String::new(),
            1 => "POST /v1/orders HTTP/1.1\r\n".to_owned(),
            _ => format!(
                "POST /v1/orders HTTP/1.1\r\nHost: b\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n\
                 Content-Length: 100\r\n\r\n{{"
            ),
        };
        silent.push(raw(&world, &text).await);
        let tap = json!({"message_id": world.message.to_string()});
        let request = world
            .post("/v1/opens")
            .bearer_auth(&key)
            .header("connection", "close")
            .json(&tap);
        let (status, _) = tokio::time::timeout(PATIENCE, answer(request)).await.expect("no place");
        assert_eq!(status, 200, "request {i}");
    }
    // Those that made room have ended.
    told(&mut silent[0]).await;
}

/// A frame of HTTP/2 (RFC 9113 §4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u32).to_be_bytes();
    let head = [&length[1..], &[kind, flags], &stream.to_be_bytes()].concat();
    [head.as_slice(), payload].concat()
}

/// The header of a request whose body is still to come (RFC 7541 §6.2.2: literals without index).
fn begun(stream: u32, key: &str) -> Vec<u8> {
    let bearer = format!("Bearer {key}");
    let fields = [
        (":method", "POST"),
        (":scheme", "http"),
        (":path", "/v1/opens"),
        (":authority", "b"),
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
    ];
    let text = |text: &str| [&[text.len() as u8], text.as_bytes()].concat();
    let literals = fields.map(|(name, value)| [vec![0], text(name), text(value)].concat());
    frame(1, 4, stream, &literals.concat())
}

/// Keeps a connection busy: begins another request for each that is answered, until the connection is ended. Says when the
/// first ones are under way.
async fn keep_busy(mut socket: TcpStream, key: String, busy: oneshot::Sender<()>) {
    let (settings, ping) = (frame(4, 0, 0, &[]), frame(6, 0, 0, &[0; 8]));
    let mut streams = (1..).step_by(2).map(|stream| begun(stream, &key));
    let mut hello = [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", settings.as_slice()].concat();
    hello.extend(streams.by_ref().take(4).flatten());
    hello.extend(ping);
    socket.write_all(&hello).await.unwrap();
    let (mut busy, mut head) = (Some(busy), [0; 9]);
    while socket.read_exact(&mut head).await.is_ok() {
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        let _ = socket.read_exact(&mut vec![0; length]).await;
        match head[3] {
            1 => {
                let _ = socket.write_all(&streams.next().unwrap()).await;
            }
            // The answer to the ping, which was read after the requests.
            6 => drop(busy.take().map(|busy| busy.send(()))),
            _ => {}
        }
    }
}

#[tokio::test]
async fn who_begins_a_request_for_each_that_is_ended_keeps_nobody_out() {
    let bounds = Bounds {
        connections: 2,
        body: Duration::from_secs(3_600),
        idle: Duration::from_secs(3_600),
        ..Bounds::default()
    };
    let world = World::bounded(LINK, None, bounds).await;
    let key = world.key(&[Scope::Opens]).await;
    for _ in 0..2 {
        let (busy, is_busy) = oneshot::channel();
        tokio::spawn(keep_busy(raw(&world, "").await, key.clone(), busy));
        is_busy.await.unwrap();
    }
    let asked = world.post("/v1/opens").body("{}").timeout(PATIENCE).send().await;
    assert_eq!(asked.expect("no place").status(), 401);
}

#[tokio::test]
async fn an_address_has_so_many_connections() {
    let bounds = Bounds {
        connections_per_address: Some(3),
        ..Bounds::default()
    };
    let world = World::bounded(LINK, None, bounds).await;
    let mut sockets = Vec::new();
    for _ in 0..3 {
        sockets.push(raw(&world, "GET /healthz HTTP/1.1\r\n").await);
    }
    assert_eq!(told(&mut raw(&world, "").await).await, "");
    for socket in &mut sockets {
        socket.write_all(b"Host: b\r\nConnection: close\r\n\r\n").await.unwrap();
        assert!(told(socket).await.starts_with("HTTP/1.1 200"));
    }
}

#[tokio::test]
async fn a_key_that_is_made_after_a_flood_of_wrong_ones_works_and_a_revoked_one_never_does() {
    let world = World::new().await;
    let ask = async |key: &str| {
        let request = world.post("/v1/opens").bearer_auth(key);
        answer(request.json(&json!({"message_id": "00000000001"}))).await.0
    };
    for i in 0..200 {
        assert_eq!(ask(&format!("bellhop_{i:064x}")).await, 401);
    }
    let key = world.key(&[Scope::Opens]).await;
    assert_eq!((ask(&key).await, ask(&key).await), (404, 404));
    world.store.revoke_api_key(world.org, "site", NOW).await.unwrap();
    assert_eq!((ask(&key).await, ask(&key).await), (401, 401));
}
